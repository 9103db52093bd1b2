"""Speeds, ratios and waiting by hand; bad arguments are one line."""

import subprocess
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import training_speed

    return training_speed


def test_speed_ratio_and_waiting_by_hand(module):
    times = {
        "ours": {"seconds": [0.5, 0.5, 1.0], "waited": [0.1, 0.0, 0.3]},
        "stock": {"seconds": [2.0, 2.0], "waited": [0.0, 1.0]},
    }
    ours, stock = module.summarize("pose", 2, times)
    # 3 steps in 2 s against 2 steps in 4 s; 0.4 of 2 s and 1 of 4 s
    assert (ours["iterations_per_s"], ours["ratio"]) == (1.5, 3.0)
    assert ours["waiting"] == pytest.approx(0.2)
    assert (stock["iterations_per_s"], stock["ratio"], stock["waiting"]) == (0.5, 1.0, 0.25)
    assert module.table_lines([ours])[2] == "| pose | 2 | ours | 1.50 | 3.00x | 20.0% |"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cores", "4096"], "--cores 4096"),
        (["--cores", "1"], "no train/coco_keypoints.json"),
    ],
)
def test_bad_arguments_are_one_line(tmp_path, arguments, message):
    script = _FOLDER / "training_speed.py"
    done = subprocess.run(
        [sys.executable, str(script), "--data", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
