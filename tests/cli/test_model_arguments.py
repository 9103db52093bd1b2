"""The same flags name the models in every command that takes a pair."""

import argparse
import importlib

import pytest

from surgtools.cli import main
from surgtools.cli.model_arguments import add_model_arguments, models_of
from surgtools.prediction.models import Models


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_model_arguments(parser)
    return parser.parse_args(words)


def test_flags_are_read():
    assert models_of(parse()) == Models.find("general")
    assert models_of(parse("--models", "fast")) == Models.find("fast")
    alias = Models.find("fast").det_model.stem
    mixed = models_of(parse("--det-model", alias))
    assert mixed.files("detector") == Models.find("fast").files("detector")
    assert mixed.files("pose") == Models.find("general").files("pose")


@pytest.mark.parametrize("name", ["predict", "adapt", "export", "bench", "data.suggest"])
def test_every_command_of_a_pair_has_them(name):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"surgtools.cli.{name}").add_arguments(parser)
    options = {flag for action in parser._actions for flag in action.option_strings}
    shared = {flag for action in parse_actions() for flag in action.option_strings}
    assert shared <= options


@pytest.mark.parametrize("name", ["predict", "adapt", "export", "bench", "data.suggest"])
def test_help_names_exported_folders_where_they_are_taken(name):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"surgtools.cli.{name}").add_arguments(parser)
    (models,) = [action for action in parser._actions if "--models" in action.option_strings]
    assert ("or export wrote" in models.help) == (name == "predict")


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "a.png"],
        ["test", "--data", "d"],
        ["adapt", "a.png"],
        ["export"],
        ["bench", "a.mp4"],
        ["data", "suggest", "a.mp4"],
    ],
)
def test_messages_name_exported_folders_where_they_are_taken(words, tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    place = ["--work-dir", "w"] if words[0] == "test" else ["--out", "w"]
    for name in ("nowhere", "empty"):
        assert main([*words, *place, "--models", name]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f" {name}: " in line and "a folder that `surgtools adapt` " in line
        assert ("`surgtools export`" in line) == (words[0] in ("predict", "test"))
    assert not (tmp_path / "w").exists()


def parse_actions():
    parser = argparse.ArgumentParser()
    add_model_arguments(parser)
    return parser._actions
