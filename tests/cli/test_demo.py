"""``surgtools demo`` refuses what it cannot show before it serves anything."""

import os
import sys

import pytest

from surgtools import cli


@pytest.fixture(autouse=True)
def same_environment(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))


def test_models_that_are_not_there_are_one_line(capsys):
    assert cli.main(["demo", "--models", "nothing"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "nothing: no such folder, nor models" in error


def test_without_gradio_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert cli.main(["demo"]) == 2
    assert "pip install '.[demo]'" in capsys.readouterr().err


def test_a_port_that_is_none_is_refused(capsys):
    assert cli.main(["demo", "--port", "0"]) == 2
    assert "--port" in capsys.readouterr().err
