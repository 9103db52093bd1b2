"""Seeds of several processes meet in one folder."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_before_after

    return adaptation_before_after


def test_seeds_share_a_folder(benchmark, tmp_path, monkeypatch, capsys):
    made = []

    def adapted(args, seed, pair):
        made.append(seed)
        return {"outcome": ["accepted"], "box AP": 0.5 + seed / 10}

    monkeypatch.setattr(benchmark, "test_summary", lambda *_: {"box AP": 0.5})
    monkeypatch.setattr(benchmark, "adapted_cell", adapted)
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((8, 8, 3), np.uint8))
    command = [str(tmp_path / "out"), "--frames", str(tmp_path), "--source", "s"]
    command += ["--labelled", "l"]
    for seeds in (["--first-seed", "2"], ["--first-seed", "1", "--seeds", "2"]):
        monkeypatch.setattr(sys, "argv", ["benchmark", *command, *seeds, "--", "--amp"])
        benchmark.main()
    assert made == [2, 1]
    assert capsys.readouterr().out.splitlines()[-1].split() == "box AP 0.5 0.650 +- 0.050".split()
