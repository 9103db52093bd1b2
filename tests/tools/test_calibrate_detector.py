"""What cannot be calibrated is told in one line."""

from pathlib import Path

import numpy as np
import pytest
import torch

from surgtools.prediction.estimators import Boxes
from tools import calibrate_detector

ROOT = Path(__file__).resolve().parents[2]
COMPOSED = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-640x640.py"
PLAIN = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = ROOT / "configs/pose/rtmpose-s_60e_instruments-256x256.py"


def test_scores_are_moved_and_the_checkpoint_says_from_where(run_tool, tmp_path):
    state = {"bbox_head.rtm_cls.0.bias": torch.zeros(2)}
    torch.save({"state_dict": state, "meta": {}}, tmp_path / "a.pth")
    words = (COMPOSED, tmp_path / "a.pth", "--threshold", 0.2, "--out", tmp_path / "out.pth")
    assert run_tool(calibrate_detector, *words) == 0
    moved = torch.load(tmp_path / "out.pth", weights_only=True)
    assert moved["meta"]["surgtools"]["threshold_before"] == 0.2
    assert (moved["state_dict"]["bbox_head.rtm_cls.0.bias"] > 0).all()


@pytest.mark.parametrize(
    ("config", "words", "said"),
    [
        (COMPOSED, ("--threshold", 0.2), "pose.pth: no classification layer of an RTMDet head"),
        (COMPOSED, ("--threshold", "nan"), "--threshold nan"),
        (COMPOSED, ("--data", "d", "--frames", 0), "--frames 0: 1 or more"),
        (PLAIN, ("--data", "d"), "320x320.py: does not train on composed frames"),
        (POSE, ("--data", "d"), "256x256.py: does not train on composed frames"),
    ],
)
def test_bad_wishes_are_one_line(run_tool, tmp_path, capsys, config, words, said):
    state = {"head.final.weight": torch.zeros(2)}
    torch.save({"state_dict": state, "meta": {}}, tmp_path / "pose.pth")
    given = (config, tmp_path / "pose.pth", *words, "--out", tmp_path / "out.pth")
    assert run_tool(calibrate_detector, *given) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (tmp_path / "out.pth").exists()


def test_a_box_is_right_where_it_has_the_category_of_the_instrument():
    """Ids need not be labels plus one. The last box lies where nobody can say what is there."""
    places = np.array([[0, 0, 10, 10], [0, 0, 9, 10], [50, 50, 60, 60], [80, 80, 90, 90.0]])
    scores, ids = np.array([0.6, 0.9, 0.8, 0.7], np.float32), np.array([7, 3, 7, 3])
    truth, ignored = np.array([[0, 0, 10, 10], [50, 50, 60, 61.0]]), places[3:]
    judged = calibrate_detector.judge_boxes(Boxes(places, scores, ids), truth, [7, 7], ignored)
    told = [(round(score, 2), hit) for score, hit in judged]
    assert told == [(0.9, False), (0.8, True), (0.6, True)]


@pytest.mark.parametrize(
    ("threshold", "empty", "told"),
    [
        (0.5, [0.6, 0.1], "recall 0.50 and precision 1.00 on 2 instruments, 0.500 of 2 empty"),
        (0.9, [0.9], "no box scores more, so none of 2 instruments is found, 0.000 of 1 empty"),
        (0.5, [], "recall 0.50 and precision 1.00 on 2 instruments"),
    ],
)
def test_a_threshold_tells_what_it_leaves(threshold, empty, told):
    """Of two boxes one is right, that with 0.8; two instruments were to be found."""
    scores, correct = np.array([0.8, 0.3]), np.array([True, False])
    line = calibrate_detector.describe(threshold, scores, correct, 2, np.array(empty))
    assert told in line and "nan" not in line
