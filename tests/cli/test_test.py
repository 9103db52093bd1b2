"""``surgtools test``: networks and others' predictions, scores and bad input."""

import json
from pathlib import Path

import numpy as np
import pytest

from surgtools.cli import main

ROOT = Path(__file__).resolve().parents[2]
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
ONE_PROCESS = [
    "--cfg-options",
    "test_dataloader.num_workers=0",
    "test_dataloader.persistent_workers=False",
]


def perfect_results(content):
    return [
        {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")} | {"score": 0.9}
        for row in content["annotations"]
    ]


@pytest.fixture
def predictions(tmp_path, drawn_dataset):
    content = json.loads((drawn_dataset / "val/coco_keypoints.json").read_text())
    path = tmp_path / "results.json"
    path.write_text(json.dumps(perfect_results(content)))
    return path


def save_untrained(config_file, path):
    """Weights of a network as built; returns the path."""
    torch = pytest.importorskip("torch")
    from mmengine.registry import MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config

    config = load_config(config_file)
    init_default_scope(config.default_scope)
    torch.save({"state_dict": MODELS.build(config.model).state_dict(), "meta": {}}, path)
    return path


def test_predictions_are_scored_printed_and_written(tmp_path, drawn_dataset, predictions, capsys):
    out = tmp_path / "out/metrics.json"
    command = ["test", "--predictions", str(predictions), "--format", "coco"]
    assert main([*command, "--data", str(drawn_dataset), "--out", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["summary"]["keypoint_AP"] == pytest.approx(1.0)
    assert report["summary"]["recall"] == 1.0
    printed = capsys.readouterr().out
    assert "sigmas tweezers: handle_end 0.05" in printed
    assert "needle_holder" in printed and "PCK@0.05" in printed


def broken_json(path):
    path.write_text('{"images": [')


def wrong_count(path):
    content = json.loads(path.read_text())
    content["annotations"][0]["keypoints"] = [1, 1, 2] * 4
    path.write_text(json.dumps(content))


def unknown_category(path):
    content = json.loads(path.read_text())
    content["annotations"][0]["category_id"] = 9
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (Path.unlink, "no annotations at"),
        (broken_json, "is not JSON"),
        (wrong_count, "4 keypoints, needle_holder defines 5"),
        (unknown_category, "adds it to the list"),
    ],
)
def test_bad_ground_truth_is_one_line(tmp_path, drawn_dataset, predictions, capsys, harm, message):
    harm(drawn_dataset / "val/coco_keypoints.json")
    out = tmp_path / "metrics.json"
    old = json.dumps({"summary": {}, "settings": {}})
    out.write_text(old)
    command = ["test", "--predictions", str(predictions), "--format", "coco"]
    assert main([*command, "--data", str(drawn_dataset), "--out", str(out)]) == 2
    assert_one_line(capsys, message)
    assert out.read_text() == old


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give CONFIG and CHECKPOINT"),
        (["no.py", "no.pth"], "no.py: no such config"),
        ([str(POSE), "no.pth"], "no.pth: no such checkpoint"),
        ([str(POSE)], "needs its weights"),
        (["--predictions", "x.json"], "needs --data"),
        (["x.py", "--score-thr", "7"], "--score-thr 7"),
        (["x.py", "--bootstrap", "-1"], "--bootstrap -1"),
        (["x.py", "--dump", "x.csv"], "--dump x.csv"),
    ],
)
def test_bad_arguments_are_one_line(capsys, arguments, message):
    assert main(["test", *arguments]) == 2
    assert_one_line(capsys, message)


class Evil:
    def __reduce__(self):
        return (print, ("code of the file was run",))


def harm_truncated(path, weights):
    path.write_bytes(weights.read_bytes()[:2000])


def harm_pickle(path, weights):
    import torch

    torch.save({"state_dict": Evil()}, path)


def harm_other_model(path, weights):
    save_untrained(DETECTOR, path)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (harm_truncated, "not a readable checkpoint"),
        (harm_pickle, "would run code"),
        (harm_other_model, "belongs to another model"),
    ],
)
def test_bad_checkpoints_are_one_line(tmp_path, drawn_dataset, capsys, harm, message):
    weights = save_untrained(POSE, tmp_path / "pose.pth")
    harm(tmp_path / "bad.pth", weights)
    command = ["test", str(POSE), str(tmp_path / "bad.pth"), "--data", str(drawn_dataset)]
    capsys.readouterr()
    assert main([*command, "--work-dir", str(tmp_path / "work"), *ONE_PROCESS]) == 2
    assert "code of the file was run" not in assert_one_line(capsys, message)
    assert not (tmp_path / "work/metrics.json").exists()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_truncated_picture_is_one_line(tmp_path, drawn_dataset, capsys, workers):
    weights = save_untrained(POSE, tmp_path / "pose.pth")
    picture = drawn_dataset / "val/images/00001.jpg"
    picture.write_bytes(picture.read_bytes()[:300])
    command = ["test", str(POSE), str(weights), "--data", str(drawn_dataset)]
    options = [*ONE_PROCESS, f"test_dataloader.num_workers={workers}"]
    capsys.readouterr()
    assert main([*command, "--work-dir", str(tmp_path / "work"), *options]) == 2
    assert_one_line(capsys, "00001.jpg")


def test_without_ground_truth_the_numbers_are_explained(
    tmp_path, drawn_dataset, predictions, capsys
):
    path = drawn_dataset / "val/coco_keypoints.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"annotations": []}))
    out = tmp_path / "metrics.json"
    command = ["test", "--predictions", str(predictions), "--format", "coco"]
    assert main([*command, "--data", str(drawn_dataset), "--out", str(out)]) == 0
    summary = json.loads(out.read_text())["summary"]
    assert summary["keypoint_AP"] is None and summary["box_AP"] is None
    assert "holds no instance" in capsys.readouterr().out


def test_other_counts_of_classes_are_one_line(tmp_path, drawn_dataset, capsys):
    weights = save_untrained(DETECTOR, tmp_path / "detector.pth")
    capsys.readouterr()
    command = ["test", str(DETECTOR), str(weights), "--data", str(drawn_dataset)]
    options = [*ONE_PROCESS, "model.bbox_head.num_classes=80"]
    assert main([*command, "--work-dir", str(tmp_path / "work"), *options]) == 2
    assert_one_line(
        capsys, "bbox_head.num_classes is 80, the taxonomy 'surgical_instruments' defines 2"
    )


def assert_one_line(capsys, message):
    printed = capsys.readouterr()
    lines = printed.err.strip().splitlines()
    assert message in lines[-1] and lines[-1].startswith("surgtools test: ")
    assert "Traceback" not in printed.err
    return printed.out + printed.err


def test_uncertain_sides_are_an_option(tmp_path, drawn_dataset, predictions):
    truth = drawn_dataset / "val/coco_keypoints.json"
    content = json.loads(truth.read_text())
    for row in content["annotations"]:
        row["certain_left_right"] = False
        order = [0, 3, 4, 1, 2]
        row["keypoints"] = np.reshape(row["keypoints"], (-1, 3))[order].ravel().tolist()
    truth.write_text(json.dumps(content))
    scores = {}
    for name, flag in (("default", []), ("strict", ["--no-either-side"])):
        flag += ["--bootstrap", "0"]
        out = tmp_path / f"{name}.json"
        command = ["test", "--predictions", str(predictions), "--format", "coco", *flag]
        assert main([*command, "--data", str(drawn_dataset), "--out", str(out)]) == 0
        report = json.loads(out.read_text())
        scores[name] = report["summary"]["keypoint_AP"]
        assert report["settings"]["either_side"] is (name == "default")
    assert scores["default"] == pytest.approx(1.0)
    assert scores["strict"] < 0.5


def write_frames(path, names, results=()):
    """predictions.json with a frame per name; ``results`` is what lies on the first."""
    instances = [
        {
            "category_id": row["category_id"],
            "bbox": [row["bbox"][0], row["bbox"][1], *np.add(row["bbox"][:2], row["bbox"][2:])],
            "bbox_score": 0.9,
            "keypoints": np.reshape(row["keypoints"], (-1, 3))[:, :2].tolist(),
            "keypoint_scores": [1.0] * (len(row["keypoints"]) // 3),
        }
        for row in results
    ]
    frames = [{"image": str(name), "instances": []} for name in names]
    frames[0]["instances"] = instances
    path.write_text(json.dumps({"instance_info": frames}))
    return path


def test_predictions_on_negatives_are_scored(tmp_path, draw_dataset, capsys):
    dataset = draw_dataset(train=3, val=2)  # both have 00000.jpg: the folders tell them apart
    rows = json.loads((dataset / "val/coco_keypoints.json").read_text())["annotations"]
    names = [*(dataset / "train/images").iterdir(), *(dataset / "val/images").iterdir()]
    path = write_frames(tmp_path / "predictions.json", names, rows[:1])
    out = tmp_path / "metrics.json"
    command = ["test", "--predictions", str(path), "--format", "mmpose", "--bootstrap", "0"]
    command += ["--data", str(dataset), "--negatives", str(dataset / "train/images")]
    assert main([*command, "--out", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["boxes"]["negatives"]["false_instruments"] == 1
    assert report["boxes"]["negatives"]["pictures"] == 3
    assert report["counts"]["results"] == 0 and report["counts"]["images"] == 2
    assert report["source"]["negatives"] == str(dataset / "train/images")


def test_negatives_that_predictions_cannot_be_on_are_one_line(tmp_path, predictions, capsys):
    command = ["test", "--predictions", str(predictions), "--data", str(tmp_path)]
    assert main([*command, "--format", "coco", "--negatives", "/nonexistent"]) == 2
    assert_one_line(capsys, "--negatives /nonexistent: --format coco names pictures by image id")


def test_predictions_without_the_negatives_are_one_line(tmp_path, draw_dataset, capsys):
    dataset = draw_dataset(train=3, val=2)
    path = write_frames(tmp_path / "p.json", (dataset / "val/images").iterdir())
    command = ["test", "--predictions", str(path), "--format", "mmpose", "--data", str(dataset)]
    assert main([*command, "--negatives", str(dataset / "train/images")]) == 2
    assert_one_line(capsys, "3 of the 3 pictures of")
    assert main([*command, "--negatives", "/nonexistent"]) == 2
    assert_one_line(capsys, "/nonexistent: holds no picture")


def test_scores_need_no_pictures_on_disk(tmp_path, drawn_dataset, predictions, capsys):
    truth = tmp_path / "alone/truth.json"
    truth.parent.mkdir()
    (drawn_dataset / "val/coco_keypoints.json").rename(truth)
    out = tmp_path / "metrics.json"
    command = ["test", "--predictions", str(predictions), "--format", "coco", "--bootstrap", "0"]
    assert main([*command, "--data", str(truth), "--out", str(out)]) == 0
    assert json.loads(out.read_text())["summary"]["keypoint_AP"] == pytest.approx(1.0)
    assert "the report shows no worst pictures" in capsys.readouterr().out
