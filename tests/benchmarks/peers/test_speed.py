"""The comparison of speeds: a command of each contender, a table of medians, a clip."""

import importlib.util
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

PEERS = Path(__file__).resolve().parents[3] / "benchmarks/peers"
sys.path.insert(0, str(PEERS))
_spec = importlib.util.spec_from_file_location("speed", PEERS / "speed.py")
speed = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(speed)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.jpg", "b.png"):
        cv2.imwrite(str(folder / name), np.full((54, 96, 3), 90, np.uint8))
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_the_table_has_the_median_of_each_column_and_says_what_never_ran():
    fps = {"ours": {"clip, 1": [3.0, 1.0, 2.0]}, "theirs": {}}
    lines = speed.table_of(fps, ["clip, 1", "clip, 2"])
    assert lines[0] == "| | clip, 1 core | clip, 2 cores |"
    assert lines[2:] == ["| ours | 2.00 | - |", "| theirs | - | - |"]


def test_a_clip_is_made_of_the_pictures(pictures, tmp_path):
    from surgtools.prediction.video import VideoReader

    clip = speed.make_clip(sorted(pictures.iterdir()), tmp_path / "clip.mp4", each=2)
    with VideoReader(str(clip)) as reader:
        shapes = [image.shape for _, _, image in reader]
    assert shapes == [(1080, 1920, 3)] * 4


def test_a_script_that_fails_costs_only_its_own_cell():
    words = [sys.executable, "-c", "raise SystemExit('no such model')"]
    assert speed.run(words, [0]) == {"error": "ended with 1: no such model"}
    assert speed.run([sys.executable, "-c", "print(1)"], [0]) == 1


def test_a_package_that_is_missing_is_said(capsys):
    assert speed.has(sys.executable, "numpy")
    assert not speed.has(sys.executable, "no_such_package")
    assert "no_such_package is not installed" in capsys.readouterr().err


def test_frames_of_a_folder_are_its_pictures(pictures):
    from peer_frames import read_frames, summary

    assert [image.shape for image in read_frames(str(pictures), 9)] == [(54, 96, 3)] * 2
    assert len(list(read_frames(str(pictures), 1))) == 1
    told = summary([9.0, 9.0, 0.5, 0.5], 3)
    assert json.dumps(told) and told["fps"] == 2 and told["frames"] == 4
