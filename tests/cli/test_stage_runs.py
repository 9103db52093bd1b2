"""Stages of ``surgtools test``: which networks run on what."""

import json
import pickle
from pathlib import Path

import pytest

from surgtools.cli import main

torch = pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
ONE_PROCESS = [
    "--cfg-options",
    "test_dataloader.num_workers=0",
    "test_dataloader.persistent_workers=False",
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights of both networks as built: config file to path."""
    from mmengine.registry import MODELS, init_default_scope

    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config

    folder, paths = tmp_path_factory.mktemp("weights"), {}
    for config_file in (POSE, DETECTOR):
        config = load_config(config_file)
        init_default_scope(config.default_scope)
        paths[config_file] = folder / f"{config_file.stem}.pth"
        torch.manual_seed(1)  # a detector that finds something
        state = MODELS.build(config.model).state_dict()
        torch.save({"state_dict": state, "meta": {}}, paths[config_file])
    return paths


def test_both_stages_are_run_and_scored(tmp_path, draw_dataset, weights):
    drawn_dataset = draw_dataset(train=1, val=2)
    work_dir, dump = tmp_path / "work", tmp_path / "dump.json"
    code = main(
        [
            "test",
            str(POSE),
            str(weights[POSE]),
            "--detector",
            str(DETECTOR),
            str(weights[DETECTOR]),
        ]
        + ["--data", str(drawn_dataset), "--negatives", str(drawn_dataset / "train/images")]
        + ["--work-dir", str(work_dir), "--dump", str(dump), "--bootstrap", "20"]
        # an untrained detector is sure of nothing
        + ["--det-thr", "0", *ONE_PROCESS]
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


def test_pickled_predictions_are_the_hosts(tmp_path, draw_dataset, weights):
    drawn_dataset = draw_dataset(val=2)
    dump = tmp_path / "dump.pkl"
    command = ["test", str(DETECTOR), str(weights[DETECTOR]), "--data", str(drawn_dataset)]
    work_dir = ["--work-dir", str(tmp_path / "work")]
    assert main([*command, *work_dir, "--dump", str(dump), *ONE_PROCESS]) == 0
    samples = pickle.loads(dump.read_bytes())
    assert len(samples) == 2 and "pred_instances" in samples[0]


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
    tmp_path, drawn_dataset, weights, capsys, extra, message, monkeypatch
):
    monkeypatch.chdir(drawn_dataset / "val")
    files = {"pose": str(weights[POSE]), "detector": str(weights[DETECTOR])}
    extra = [word.format(**files) if word[0] == "{" else word for word in extra]
    command = ["test", str(POSE), str(weights[POSE]), "--data", str(drawn_dataset), *extra]
    assert main([*command, "--work-dir", str(tmp_path / "work"), *ONE_PROCESS]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("surgtools test: ") and message in last
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("flags", [["--detector"], ["--det-model", "--det-weights"]])
def test_a_detector_needs_no_other_one(tmp_path, draw_dataset, weights, capsys, flags):
    model = [str(DETECTOR), str(weights[DETECTOR])]
    second = [*flags, *model] if len(flags) == 1 else [flags[0], model[0], flags[1], model[1]]
    command = ["test", *model, *second, "--data", str(draw_dataset(val=1))]
    assert main([*command, "--work-dir", str(tmp_path / "work"), *ONE_PROCESS]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"{DETECTOR}: is a detector network, which finds boxes itself" in last


def test_negatives_without_a_detector_end_before_anything_runs(
    tmp_path, drawn_dataset, weights, monkeypatch
):
    runs = []
    monkeypatch.setattr("surgtools.cli.stage_runs.run_network", lambda *_: runs.append(1) or [])
    command = ["test", str(POSE), str(weights[POSE]), "--data", str(drawn_dataset)]
    command += ["--negatives", str(drawn_dataset / "train/images"), "--bootstrap", "0"]
    assert main([*command, "--work-dir", str(tmp_path / "work")]) == 2
    assert runs == []
