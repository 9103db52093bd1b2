"""``surgtools info``."""

import json

import pytest

from surgtools.cli import main

torch = pytest.importorskip("torch")


@pytest.fixture
def checkpoint(tmp_path):
    meta = {"epoch": 2, "cfg": "model = 1", "surgtools": {"seed": 5, "packages": {"numpy": "2"}}}
    torch.save({"state_dict": {"w": torch.zeros(4)}, "meta": meta}, tmp_path / "a.pth")
    return str(tmp_path / "a.pth")


def test_facts_are_printed(checkpoint, capsys):
    assert main(["info", checkpoint]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["seed", "5"] in lines and ["numpy", "2"] in lines and ["parameters", "4"] in lines


def test_json_and_config(checkpoint, capsys):
    assert main(["info", checkpoint, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["config"] == "model = 1"
    assert main(["info", checkpoint, "--config"]) == 0
    assert capsys.readouterr().out == "model = 1\n"


def test_bad_checkpoints_are_one_line(tmp_path, checkpoint, capsys):
    assert main(["info", str(tmp_path / "no.pth")]) == 2
    assert "no such checkpoint" in capsys.readouterr().err
    torch.save({"state_dict": {"w": torch.zeros(4)}}, tmp_path / "bare.pth")
    assert main(["info", str(tmp_path / "bare.pth"), "--config"]) == 2
    assert "stores no config" in capsys.readouterr().err
    assert main(["info", str(tmp_path / "bare.pth")]) == 0
    assert "ProvenanceHook" in capsys.readouterr().out
