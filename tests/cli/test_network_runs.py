"""``surgtools test`` of one network alone, in the hosts' loop."""

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


def test_pickled_predictions_are_the_hosts(tmp_path, draw_dataset, built_weights):
    drawn_dataset = draw_dataset(val=2)
    dump = tmp_path / "dump.pkl"
    command = ["test", str(DETECTOR), str(built_weights[DETECTOR]), "--data", str(drawn_dataset)]
    work_dir = ["--work-dir", str(tmp_path / "work")]
    assert main([*command, *work_dir, "--dump", str(dump), *ONE_PROCESS]) == 0
    samples = pickle.loads(dump.read_bytes())
    assert len(samples) == 2 and "pred_instances" in samples[0]


def test_negatives_without_a_detector_end_before_anything_runs(
    tmp_path, drawn_dataset, built_weights, monkeypatch
):
    runs = []
    monkeypatch.setattr("surgtools.cli.network_runs.run_network", lambda *_: runs.append(1) or [])
    command = ["test", str(POSE), str(built_weights[POSE]), "--data", str(drawn_dataset)]
    command += ["--negatives", str(drawn_dataset / "train/images"), "--bootstrap", "0"]
    assert main([*command, "--work-dir", str(tmp_path / "work")]) == 2
    assert runs == []
