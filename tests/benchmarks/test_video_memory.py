import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.prediction.video import VideoReader

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks/video_memory.py"


@pytest.fixture(scope="module")
def memory():
    spec = importlib.util.spec_from_file_location("memory_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pictures_are_repeated_until_the_clip_is_full(memory, tmp_path):
    (tmp_path / "pictures").mkdir()
    for level in (40, 200):
        grey = np.full((60, 80, 3), level, np.uint8)
        cv2.imwrite(str(tmp_path / f"pictures/{level}.png"), grey)
    clip = memory.make_clip(tmp_path / "c.mp4", 5, (64, 48), tmp_path / "pictures")
    with VideoReader(str(clip)) as reader:
        frames = [image for _, _, image in reader]
    assert frames[0].shape == (48, 64, 3)
    levels = [round(frame.mean() / 40) * 40 for frame in frames]
    assert levels == [200, 40, 200, 40, 200]  # in order of names


def test_growth_is_of_each_path_by_itself(memory):
    rows = [
        {"path": "torch", "frames": 300, "instances": 9, "fps": 5.0, "peak_mib": 1000.0},
        {"path": "torch", "frames": 300, "instances": 9, "fps": 5.0, "peak_mib": 900.0},
        {"path": "torch", "frames": 3000, "instances": 90, "fps": 5.0, "peak_mib": 1030.0},
        {"path": "onnx", "frames": 300, "instances": 9, "fps": 5.0, "peak_mib": 500.0},
        {"path": "onnx", "frames": 3000, "instances": 90, "fps": 5.0, "peak_mib": 450.0},
    ]
    assert memory.growth_of(rows) == pytest.approx({"torch": 3.0, "onnx": -10.0})
    assert memory.to_markdown(rows).splitlines()[2] == "| torch | 300 | 9 | 5.0 | 1000 |"


@pytest.mark.slow
def test_a_run_reports_its_own_peak(memory, tmp_path):
    clip = memory.make_clip(tmp_path / "c.mp4", 3, (64, 48), None)
    run = memory.measure(clip, tmp_path / "out", ["--no-flip-test"])
    assert run["frames"] == 3
    assert 100 < run["peak_mib"] < 8000


def test_a_run_that_fails_ends_the_benchmark(memory, tmp_path):
    with pytest.raises(SystemExit, match="exit code 2"):
        memory.measure(tmp_path / "none.mp4", tmp_path / "out", [])
