"""Predictions become COCO with scores, and COCO results that pycocotools reads."""

import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from surgtools.annotations.coco import load_coco
from surgtools.annotations.convert import Options, convert
from surgtools.annotations.convert.dataset_parts import Losses
from surgtools.annotations.convert.predictions import read
from surgtools.errors import InputError
from surgtools.evaluation.readers import read_results


def instance(**change) -> dict:
    return {
        "category_id": 2,
        "category_name": "tweezers",
        "bbox": [10, 5, 30, 45],
        "bbox_score": 0.5,
        "keypoints": [[12, 40], [14, 20], [20, 6], [26, 20], [99, 6]],
        "keypoint_scores": [0.9, 0.8, 0.1, 0.7, 0.5],
        "keypoint_visible": [0.9, 0.2, 0.9, 0.9, 0.9],
        "track_id": 4,
        **change,
    }


def predictions(tmp_path, *rows):
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps({"meta_info": {}, "instance_info": list(rows)}))
    return path


def test_instance_by_hand(tmp_path):
    row = {"image": "a.jpg", "width": 64, "height": 48, "instances": [instance()]}
    losses = Losses()
    (part,) = read(predictions(tmp_path, row), Options(kpt_thr=0.3), losses)
    (annotation,) = part.content["annotations"]
    assert annotation["bbox"] == [10, 5, 20, 40]
    assert annotation["keypoints"][2::3] == [2, 1, 0, 2, 0]  # hidden, weak, outside
    assert annotation["score"] == 0.3  # 0.5 x mean 0.6
    assert annotation["track_id"] == 4
    assert losses.lines() == ["keypoints outside their picture, now v = 0 (1 x)"]


def test_weak_instances_are_left_out_and_frames_get_their_names(tmp_path):
    row = {"video": "v/clip.mp4", "frame_id": 12, "width": 64, "height": 48}
    path = predictions(tmp_path, {**row, "instances": [instance()]})
    (part,) = read(path, Options(bbox_thr=0.6), Losses())
    assert part.content["annotations"] == []
    (image,) = part.content["images"]
    assert (image["file_name"], image["frame_id"]) == ("clip_000012.jpg", 12)
    assert image["video_id"] == "clip"


def test_size_comes_from_the_picture_when_the_file_does_not_say(tmp_path):
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures/a.png"), np.zeros((48, 64, 3), np.uint8))
    path = predictions(tmp_path, {"image": "/elsewhere/a.png", "instances": []})
    (part,) = read(path, Options(images=tmp_path / "pictures"), Losses())
    image = {"id": 1, "file_name": "a.png", "width": 64, "height": 48}
    assert part.content["images"] == [image]
    with pytest.raises(InputError, match="the size of .* is not known"):
        read(path, Options(), Losses())


def test_corrected_predictions_come_back_from_cvat(tmp_path):
    row = {"image": "a.jpg", "width": 64, "height": 48, "instances": [instance()]}
    path = predictions(tmp_path, row)
    convert(path, tmp_path / "there", "predictions", "cvat-images", Options(pictures="keep"))
    xml = tmp_path / "there/annotations.xml"
    xml.write_text(xml.read_text().replace('points="14,20"', 'points="15,21"'))
    convert(xml, tmp_path / "back.json", "cvat-images", "coco", Options())
    (annotation,) = load_coco(tmp_path / "back.json")["annotations"]
    assert annotation["keypoints"][3:6] == [15, 21, 1]
    assert annotation["bbox"] == [10, 5, 20, 40]
    assert annotation["score"] == 0.3


def test_results_are_read_by_pycocotools(content, tmp_path):
    content["annotations"][0].update(score=0.4, keypoint_scores=[0.1, 0.2, 0.3, 0.4, 0.5])
    (tmp_path / "a.json").write_text(json.dumps(content))
    convert(tmp_path / "a.json", tmp_path / "r.json", "coco", "coco-results", Options())
    results = COCO(str(tmp_path / "a.json")).loadRes(str(tmp_path / "r.json"))
    assert results.anns[1]["keypoints"][2::3] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert results.anns[1]["score"] == 0.4
    assert results.anns[2]["keypoints"][2::3] == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (3, "has no instances"),
        ({"instances": []}, "names neither image nor video"),
        ({"image": "a", "width": 9, "height": 9, "instances": [{}]}, "broken instance"),
        (
            {"image": "a", "width": 9, "height": 9, "instances": [instance(keypoints=[[1, 2]])]},
            "broken instance",
        ),
        (
            {"image": "a", "width": 9, "height": 9, "instances": [instance(category_id=8)]},
            "category 8 is unknown",
        ),
    ],
)
def test_broken_rows_are_named(tmp_path, row, message):
    with pytest.raises(InputError, match=message):
        read(predictions(tmp_path, row), Options(), Losses())
    (tmp_path / "predictions.json").write_text("[]")
    with pytest.raises(InputError, match="lacks the list `instance_info`"):
        read(tmp_path / "predictions.json", Options(), Losses())


@pytest.mark.parametrize(
    "change",
    [
        {"frame_id": []},
        {"frame_id": "\ud800"},
        {"frame_id": -1},
        {"frame_id": 10**30},
        {"width": float("inf")},
        {"width": "9"},
        {"width": 10**9},
        {"instances": [instance(bbox=[float("nan"), 5, 30, 45])]},
        {"instances": [instance(bbox=None)]},
        {"instances": [instance(keypoint_scores=[float("inf")] * 5)]},
        {"instances": [instance(bbox_score=[1])]},
        {"instances": [instance(bbox_score=float("nan"))]},
        {"instances": [instance(keypoint_visible="x")]},
        {"instances": [instance(category_id=[])]},
        {"instances": [None]},
        {"instances": ["x"]},
    ],
    ids=repr,
)
def test_values_that_mean_nothing_are_refused_in_one_line(change, tmp_path):
    row = {"video": "v.mp4", "frame_id": 1, "width": 64, "height": 48, "instances": []}
    with pytest.raises(InputError, match="entry 0 of instance_info") as caught:
        read(predictions(tmp_path, row | change), Options(), Losses())
    assert "\n" not in str(caught.value)


def test_pictures_predicted_elsewhere_get_names_below_the_folder(tmp_path):
    row = {"width": 64, "height": 48, "instances": []}
    path = predictions(tmp_path, row | {"image": "/data/a.jpg"}, row | {"image": "../../b.jpg"})
    (part,) = read(path, Options(), Losses())
    assert [image["file_name"] for image in part.content["images"]] == ["data/a.jpg", "b.jpg"]


SIZE = {"width": 64, "height": 48}


def frames_of_two_clips(tmp_path):
    rows = [
        {"video": f"{folder}/clip.mp4", "frame_id": i, "instances": [instance()], **SIZE}
        for folder in "ab"
        for i in range(2)
    ]
    return predictions(tmp_path, *rows)


def test_videos_of_one_name_stay_apart(tmp_path):
    path = frames_of_two_clips(tmp_path)
    (part,) = read(path, Options(), Losses())
    images = [(i["file_name"], i["video_id"], i["frame_id"]) for i in part.content["images"]]
    assert images == [
        ("a/clip_000000.jpg", "a/clip", 0),
        ("a/clip_000001.jpg", "a/clip", 1),
        ("b/clip_000000.jpg", "b/clip", 0),
        ("b/clip_000001.jpg", "b/clip", 1),
    ]
    convert(path, tmp_path / "videos", "predictions", "cvat-video", Options())
    files = sorted(file.name for file in (tmp_path / "videos/train").iterdir())
    assert files == ["a_clip.xml", "b_clip.xml"]


def test_predictions_of_two_videos_of_one_name_are_scored_on_what_was_made_of_them(tmp_path):
    path = frames_of_two_clips(tmp_path)
    convert(path, tmp_path / "truth.json", "predictions", "coco", Options())
    truth = load_coco(tmp_path / "truth.json")
    rows, notes = read_results(path, "mmpose", truth)
    assert [row["image_id"] for row in rows] == [1, 2, 3, 4] and notes == []


def test_pictures_that_would_share_a_name_are_refused(tmp_path):
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat/i.jpg").write_bytes(b"")
    rows = [{"image": f"{folder}/i.jpg", "instances": [], **SIZE} for folder in ("d1", "d2")]
    path = predictions(tmp_path, *rows)
    with pytest.raises(InputError, match="entry 1 .*: d1/i.jpg and d2/i.jpg would both be call"):
        read(path, Options(images=tmp_path / "flat"), Losses())


def test_a_picture_that_was_predicted_twice_is_taken_once(tmp_path):
    row, losses = {"image": "i.jpg", "instances": [instance()], **SIZE}, Losses()
    (part,) = read(predictions(tmp_path, row, row), Options(), losses)
    assert len(part.content["images"]) == len(part.content["annotations"]) == 1
    assert "pictures that were predicted a second time (1 x)" in losses.lines()
