import cv2
import numpy as np
import pytest

from benchmarks import video_memory
from surgtools.prediction.video import VideoReader


def test_pictures_are_repeated_until_the_clip_is_full(tmp_path):
    (tmp_path / "pictures").mkdir()
    for level in (40, 200):
        grey = np.full((60, 80, 3), level, np.uint8)
        cv2.imwrite(str(tmp_path / f"pictures/{level}.png"), grey)
    clip = video_memory.make_clip(tmp_path / "c.mp4", 5, (64, 48), tmp_path / "pictures")
    with VideoReader(str(clip)) as reader:
        frames = [image for _, _, image in reader]
    assert frames[0].shape == (48, 64, 3)
    levels = [round(frame.mean() / 40) * 40 for frame in frames]
    assert levels == [200, 40, 200, 40, 200]  # in order of names


def test_growth_is_of_each_path_by_itself():
    rows = [
        {"path": "torch", "frames": 300, "instances": 9, "fps": 5.0, "peak_mib": 1000.0},
        {"path": "torch", "frames": 300, "instances": 9, "fps": 5.0, "peak_mib": 900.0},
        {"path": "torch", "frames": 3000, "instances": 90, "fps": 5.0, "peak_mib": 1030.0},
        {"path": "onnx", "frames": 300, "instances": 9, "fps": 5.0, "peak_mib": 500.0},
        {"path": "onnx", "frames": 3000, "instances": 90, "fps": 5.0, "peak_mib": 450.0},
    ]
    assert video_memory.growth_of(rows) == pytest.approx({"torch": 3.0, "onnx": -10.0})
    assert video_memory.to_markdown(rows).splitlines()[2] == "| torch | 300 | 9 | 5.0 | 1000 |"


@pytest.mark.slow
def test_a_run_reports_its_own_peak(tmp_path):
    clip = video_memory.make_clip(tmp_path / "c.mp4", 3, (64, 48), None)
    run = video_memory.measure(clip, tmp_path / "out", ["--no-flip-test"])
    assert run["frames"] == 3
    assert 100 < run["peak_mib"] < 8000


def test_a_run_that_fails_ends_the_benchmark(tmp_path):
    with pytest.raises(SystemExit, match="exit code 2"):
        video_memory.measure(tmp_path / "none.mp4", tmp_path / "out", [])
