"""``surgtools test`` of a pair: the path of ``predict``, and each network alone."""

import json
from pathlib import Path

import pytest

from surgtools.cli import main

torch = pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"


def test_both_stages_are_run_and_scored(tmp_path, draw_dataset, built_weights):
    drawn_dataset = draw_dataset(train=1, val=2)
    work_dir, dump = tmp_path / "work", tmp_path / "dump.json"
    code = main(
        [
            "test",
            str(POSE),
            str(built_weights[POSE]),
            "--detector",
            str(DETECTOR),
            str(built_weights[DETECTOR]),
        ]
        + ["--data", str(drawn_dataset), "--negatives", str(drawn_dataset / "train/images")]
        + ["--work-dir", str(work_dir), "--dump", str(dump), "--bootstrap", "20"]
        # an untrained detector is sure of nothing
        + ["--det-thr", "0", "--no-tta"]
    )
    assert code == 0
    report = json.loads((work_dir / "metrics.json").read_text())
    for section in ("boxes", "keypoints_gt_boxes", "keypoints_detector_boxes"):
        assert set(report[section]["categories"]) == {"needle_holder", "tweezers"}
        assert report[section]["AP"] is not None
    # Ground-truth boxes make every instance found, so an untrained network has errors in pixels.
    assert report["keypoints_gt_boxes"]["errors"]["tweezers"]["all"]["found"] == 2 * 5
    assert report["keypoints_gt_boxes"]["mean_px"] > 0
    assert report["boxes"]["negatives"]["pictures"] == 1
    # Both networks score the negatives too, each its own way.
    both = report["boxes_with_presence"]
    assert both["negatives"]["pictures"] == 1
    assert both["operating_point"]["score_thr"] != report["boxes"]["operating_point"]["score_thr"]
    assert isinstance(json.loads(dump.read_text()), list)
    assert "detector, training" in report["facts"]
    assert "<h2>Data and environment</h2>" in (work_dir / "report.html").read_text()


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--negatives", "images"], "--negatives images: a pose network needs a detector there"),
        (
            ["--negatives", "nowhere", "--detector", str(DETECTOR), "{detector}"],
            "nowhere: holds no picture",
        ),
        (["--detector", str(POSE), "{pose}"], "is a pose network; give a config of a detector"),
        (["--det-model", str(DETECTOR)], "a config needs its weights"),
        (["--split", "test"], "no annotations at"),
    ],
)
def test_stages_that_cannot_run_are_one_line(
    tmp_path, drawn_dataset, built_weights, capsys, extra, message, monkeypatch
):
    monkeypatch.chdir(drawn_dataset / "val")
    files = {"pose": str(built_weights[POSE]), "detector": str(built_weights[DETECTOR])}
    extra = [word.format(**files) if word[0] == "{" else word for word in extra]
    command = ["test", str(POSE), str(built_weights[POSE]), "--data", str(drawn_dataset), *extra]
    assert main([*command, "--work-dir", str(tmp_path / "work")]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("surgtools test: ") and message in last
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("flags", [["--detector"], ["--det-model", "--det-weights"]])
def test_a_detector_needs_no_other_one(tmp_path, draw_dataset, built_weights, capsys, flags):
    model = [str(DETECTOR), str(built_weights[DETECTOR])]
    second = [*flags, *model] if len(flags) == 1 else [flags[0], model[0], flags[1], model[1]]
    command = ["test", *model, *second, "--data", str(draw_dataset(val=1))]
    assert main([*command, "--work-dir", str(tmp_path / "work")]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"{DETECTOR}: is a detector network, which finds boxes itself" in last


def test_predictions_of_predict_get_the_figures_of_test(tmp_path, draw_dataset, random_models):
    """Both score the same instances, in the same digits."""
    data = draw_dataset(train=1, val=2)
    models = [w for k, v in random_models.items() for w in (f"--{k.replace('_', '-')}", v)]
    negatives = str(data / "train/images")
    quick = ["--data", str(data), "--negatives", negatives, "--bootstrap", "0"]
    ours, theirs, found = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "found"
    assert main(["test", *models, *quick, "--det-thr", "0.6", "--out", str(ours)]) == 0
    command = ["predict", str(data / "val/images"), negatives, "--out-dir", str(found), *models]
    assert main([*command, "--bbox-thr", "0.6", "--no-draw"]) == 0
    command = ["test", "--predictions", str(found / "predictions.json"), "--format", "mmpose"]
    assert main([*command, *quick, "--out", str(theirs)]) == 0
    ours, theirs = (json.loads(path.read_text()) for path in (ours, theirs))
    assert theirs["counts"]["results"] > 3
    compared = 0
    for section, same in (
        ("boxes_with_presence", "boxes"),
        ("keypoints_detector_boxes", "keypoints"),
    ):
        for name, value in ours[section].items():
            if isinstance(value, int | float):
                assert theirs[same][name] == pytest.approx(value, abs=1e-6), name
                compared += 1
    assert compared > 10
    assert theirs["boxes"]["negatives"] == ours["boxes_with_presence"]["negatives"]
    assert theirs["keypoints"]["categories"] == ours["keypoints_detector_boxes"]["categories"]


def test_graphs_of_the_package_are_scored_like_the_pair(tmp_path, draw_dataset):
    found = {}
    command = ["test", "--data", str(draw_dataset(val=1)), "--no-tta", "--bootstrap", "0"]
    for name in ("fast", "fast-onnx"):
        out = tmp_path / f"{name}.json"
        assert main([*command, "--models", name, "--out", str(out)]) == 0
        found[name] = json.loads(out.read_text())
    section = "keypoints_gt_boxes"
    error = found["fast"][section]["mean_px"]
    assert error > 0
    assert found["fast-onnx"][section]["mean_px"] == pytest.approx(error, abs=0.01)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cfg-options", "a=1"], "--cfg-options: has no effect on a pair"),
        (["--launcher", "pytorch", "--dump", "a.pkl"], "--launcher, --dump FILE.pkl: has no eff"),
        (["--models", "fast"], "is a network alone, and a pair is named, too"),
    ],
)
def test_flags_of_the_hosts_loop_are_refused_with_a_pair(capsys, words, message):
    command = ["test", "pose.py", "pose.pth", "--det-model", "detector.py", "--det-weights", "x"]
    assert main([*command, *words]) == 2
    assert message in capsys.readouterr().err
