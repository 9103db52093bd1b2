"""COCO results, YOLO text and predictions.json of the same predictions score the same."""

import json

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.evaluator import evaluate
from surgtools.evaluation.readers import RANKINGS, read_results
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.metainfo import to_union
from surgtools.taxonomy import SURGICAL

SIZE = (640, 480)


@pytest.fixture
def truth():
    rng = np.random.default_rng(0)
    builder = CocoBuilder()
    for index in range(10):
        image_id = builder.add_image(f"part/{index}.jpg", *SIZE)
        for category_id, x in ((1, 20), (2, 320)):
            xy = np.array([x, 20]) + rng.uniform(0, 200, (5, 2))
            keypoints = np.column_stack([xy, [2, 2, 1, 2, 2]])
            builder.add_annotation(image_id, category_id, keypoints, [x, 20, 200, 200])
    return builder.to_dict()


@pytest.fixture
def rows(truth):
    """Imperfect results with a box score and keypoint scores."""
    rng = np.random.default_rng(1)
    rows = []
    for annotation in truth["annotations"]:
        keypoints = np.reshape(annotation["keypoints"], (-1, 3)).astype(float)
        keypoints[:, :2] += rng.normal(0, 7, (5, 2))
        keypoints[:, 2] = rng.random(5)
        box_score = float(rng.uniform(0.1, 1))
        rows.append(
            {
                "image_id": annotation["image_id"],
                "category_id": annotation["category_id"],
                "bbox": (np.array(annotation["bbox"]) + rng.normal(0, 8, 4)).tolist(),
                "score": box_score * float(keypoints[:, 2].mean()),
                "bbox_score": box_score,
                "keypoints": keypoints.ravel().tolist(),
            }
        )
    return rows


def write_coco(path, truth, rows):
    path.write_text(json.dumps(rows))
    return path


def write_yolo(path, truth, rows):
    width, height = SIZE
    for row in rows:
        x, y, w, h = row["bbox"]
        values = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]
        keypoints = np.reshape(row["keypoints"], (-1, 3)) / [width, height, 1]
        words = [SURGICAL.label_of(row["category_id"]), *values, *keypoints.ravel()]
        file = path / f"{row['image_id'] - 1}.txt"
        file.parent.mkdir(exist_ok=True)
        with file.open("a") as lines:
            lines.write(" ".join(str(word) for word in [*words, row["bbox_score"]]) + "\n")
    return path


def write_predictions(path, truth, rows, union=False):
    frames = []
    for image in truth["images"]:
        instances = []
        for row in rows:
            if row["image_id"] != image["id"]:
                continue
            keypoints = np.reshape(row["keypoints"], (1, -1, 3))
            if union:
                keypoints = to_union(keypoints, row["category_id"])
            x, y, w, h = row["bbox"]
            instances.append(
                {
                    "category_id": row["category_id"],
                    "bbox": [x, y, x + w, y + h],
                    "bbox_score": row["bbox_score"],
                    "keypoints": keypoints[0, :, :2].tolist(),
                    "keypoint_scores": keypoints[0, :, 2].tolist(),
                }
            )
        frames.append({"image": f"/elsewhere/{image['file_name']}", "instances": instances})
    path.write_text(json.dumps({"meta_info": {}, "instance_info": frames}))
    return path


def score(path, data_format, truth, ranking):
    rows, notes = read_results(path, data_format, truth, ranking)
    assert notes == []
    report = evaluate(truth, rows, EvaluationSettings(bootstrap=20))
    return {part: report[part] for part in ("boxes", "keypoints")}


def assert_same(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-6)
    elif isinstance(one, list) and one and isinstance(one[0], float):
        assert one == pytest.approx(other, abs=1e-6)
    else:
        assert one == other


@pytest.mark.parametrize("ranking", ["bbox", "bbox_keypoint"])
def test_the_three_formats_score_the_same_predictions_identically(tmp_path, truth, rows, ranking):
    coco = score(write_coco(tmp_path / "c.json", truth, rows), "coco", truth, ranking)
    yolo = score(write_yolo(tmp_path / "yolo", truth, rows), "yolo", truth, ranking)
    ours = score(write_predictions(tmp_path / "p.json", truth, rows), "mmpose", truth, ranking)
    assert 0.05 < coco["keypoints"]["AP"] < 0.95
    assert_same(coco, yolo)
    assert_same(coco, ours)


def test_as_given_json_equals_coco_and_union_order_is_understood(tmp_path, truth, rows):
    coco = score(write_coco(tmp_path / "c.json", truth, rows), "coco", truth, "given")
    path = write_predictions(tmp_path / "p.json", truth, rows, union=True)
    assert_same(coco, score(path, "mmpose", truth, "given"))


def test_rankings_differ(tmp_path, truth, rows):
    path = write_coco(tmp_path / "c.json", truth, rows)
    scores = {
        r: [row["score"] for row in read_results(path, "coco", truth, r)[0]] for r in RANKINGS
    }
    assert scores["given"] == pytest.approx(scores["bbox_keypoint"])
    assert scores["bbox"] == [row["bbox_score"] for row in rows]


def test_pictures_outside_the_ground_truth_are_noted_or_refused(tmp_path, truth, rows):
    path = write_yolo(tmp_path / "yolo", truth, rows)
    (path / "stranger.txt").write_text("")
    found, notes = read_results(path, "yolo", truth)
    assert len(found) == len(rows) and "stranger.txt" in notes[0]
    for file in path.glob("[0-9]*.txt"):
        file.unlink()
    with pytest.raises(InputError, match="none of its 1 pictures"):
        read_results(path, "yolo", truth)


def test_video_frames_are_found_by_video_and_frame(tmp_path, truth, rows):
    for number, image in enumerate(truth["images"]):
        image |= {"video_id": "clip", "frame_id": number}
    path = write_predictions(tmp_path / "p.json", truth, rows)
    content = json.loads(path.read_text())
    for number, frame in enumerate(content["instance_info"]):
        del frame["image"]
        frame |= {"video": "/elsewhere/clip.mp4", "frame_id": number}
    path.write_text(json.dumps(content))
    found, _ = read_results(path, "mmpose", truth)
    assert [row["image_id"] for row in found] == [row["image_id"] for row in rows]


def test_instances_of_another_picture_of_the_same_name_do_not_count(tmp_path, truth, rows):
    path = write_predictions(tmp_path / "p.json", truth, rows)
    own = read_results(path, "mmpose", truth)
    content = json.loads(path.read_text())
    first = content["instance_info"][0]
    content["instance_info"].append(first | {"image": "/elsewhere/other/0.jpg"})
    path.write_text(json.dumps(content))
    found, notes = read_results(path, "mmpose", truth)
    assert found == own[0]
    assert notes == [
        "1 predicted pictures (/elsewhere/other/0.jpg, ...) are not in the ground truth"
    ]


def test_text_files_of_two_pictures_with_one_name_are_refused(tmp_path, truth, rows):
    path = write_yolo(tmp_path / "yolo", truth, rows)
    (path / "other").mkdir()
    (path / "other/0.txt").write_text((path / "0.txt").read_text())
    with pytest.raises(InputError, match=r"0.txt and other/0.txt .* may both be the image part/0"):
        read_results(path, "yolo", truth)


def test_missing_files_and_unknown_formats(tmp_path, truth):
    with pytest.raises(InputError, match="no such file"):
        read_results(tmp_path / "no.json", "coco", truth)
    with pytest.raises(InputError, match="folder of .txt"):
        read_results(tmp_path / "no", "yolo", truth)
    with pytest.raises(InputError, match="no .txt file"):
        read_results(tmp_path, "yolo", truth)
    with pytest.raises(InputError, match="unknown; choose one of coco, yolo, mmpose"):
        read_results(tmp_path, "xml", truth)
