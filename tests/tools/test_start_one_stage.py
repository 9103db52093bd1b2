"""A config of another kind is told in one line."""

from pathlib import Path

import pytest

from tools import start_one_stage

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "config",
    [
        "pose/rtmpose-s_60e_instruments-256x256.py",
        "detection/rtmdet-tiny_60e_instruments-320x320.py",
    ],
)
def test_only_a_one_stage_network_is_started(run_tool, tmp_path, capsys, config):
    out = tmp_path / "start.pth"
    assert run_tool(start_one_stage, ROOT / "configs" / config, out) == 2
    error = capsys.readouterr().err
    assert "is no InstrumentRTMO" in error and error.count("\n") == 1
    assert not out.exists()
