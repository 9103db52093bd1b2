"""``surgtools info``."""

import json

import pytest

from surgtools import zoo
from surgtools.cli import main

torch = pytest.importorskip("torch")


@pytest.fixture
def checkpoint(tmp_path):
    meta = {"epoch": 2, "cfg": "model = 1", "surgtools": {"seed": 5, "packages": {"numpy": "2"}}}
    torch.save({"state_dict": {"w": torch.zeros(4)}, "meta": meta}, tmp_path / "a.pth")
    return str(tmp_path / "a.pth")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A zoo of one model whose checkpoint stores no config."""
    monkeypatch.setattr(zoo, "ZOO", tmp_path)
    meta = {"surgtools": {"seed": 5, "git": "", "epochs": 14, "config": "long_name.py"}}
    torch.save({"state_dict": {"w": torch.zeros(4)}, "meta": meta}, tmp_path / "tiny-8_x.pth")
    (tmp_path / "tiny-8_x.py").write_text("model = 2\n")
    return tmp_path


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


def test_alias_is_its_checkpoint(shelf, capsys):
    assert main(["info", "tiny-8_x"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["path", str(shelf / "tiny-8_x.pth")] in lines
    assert ["epochs", "14"] in lines and ["config", "long_name.py"] in lines
    assert ["git", "unknown"] in lines
    assert main(["info", "tiny"]) == 2
    assert "no model of this name (known: tiny-8_x)" in capsys.readouterr().err


@pytest.mark.parametrize("named", ["tiny-8_x", "{shelf}/tiny-8_x.pth"])
def test_zoo_shows_the_config_beside_the_weights(shelf, named, capsys):
    assert main(["info", named.format(shelf=shelf), "--config"]) == 0
    assert capsys.readouterr().out == "model = 2\n"


def test_python_beside_weights_elsewhere_is_not_their_config(shelf, tmp_path, capsys):
    own = tmp_path / "own"
    own.mkdir()
    (shelf / "tiny-8_x.pth").rename(own / "a.pth")
    (own / "a.py").write_text("print()")
    assert main(["info", str(own / "a.pth"), "--config"]) == 2
    assert "stores no config" in capsys.readouterr().err


def test_text_is_refused_in_one_line_of_our_own(tmp_path, capsys):
    (tmp_path / "a.pth").write_text("image")
    assert main(["info", str(tmp_path / "a.pth")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "not a readable checkpoint (it is text)" in error
