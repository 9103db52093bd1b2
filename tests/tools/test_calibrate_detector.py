"""What cannot be calibrated is told in one line."""

from pathlib import Path

import pytest
import torch

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
