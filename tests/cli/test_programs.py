"""Configs of strangers are named before they run."""

import argparse
from pathlib import Path

import pytest

import surgtools
from surgtools.cli import main
from surgtools.cli.programs import tell_programs


def said(capsys, **flags) -> str:
    tell_programs(argparse.Namespace(command="predict", **flags))
    return capsys.readouterr().err


@pytest.fixture
def networks(tmp_path) -> Path:
    for name in ("detector/d.py", "pose/p.py", "pose/deep/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_config_is_named(networks, capsys):
    config = str(networks / "pose/p.py")
    assert said(capsys, models=None, pose2d=config) == (
        f"surgtools predict: runs the config, which is a program: {config}; "
        "name only those whose author you trust\n"
    )


def test_the_configs_of_a_folder_are_named_in_one_line(networks, capsys):
    line = said(capsys, models=str(networks), det_model=str(networks / "detector"))
    assert line.count("d.py") == line.count("p.py") == line.count("\n") == 1
    assert "x.py" not in line


def test_names_and_files_of_the_package_checkpoints_and_exports_are_no_programs(networks, capsys):
    own = Path(surgtools.__file__).parent / "zoo/rtmdet-tiny_instruments.py"
    (networks / "model.pth").touch()
    (networks / "meta.json").touch()
    for name in ("fast", str(own), str(networks / "model.pth"), str(networks), None):
        assert said(capsys, models=name, config=name) == ""


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "0", "--out-dir", "{out}", "--pose2d", "{config}"),
        ("export", "--out-dir", "{out}", "--pose2d", "{config}"),
        ("test", "{config}", "no.pth", "--data", "{out}"),
        ("test", "--pose2d", "{config}", "--data", "{out}"),
        ("bench", "--pose2d", "{config}"),
        ("data", "suggest", "{out}", "--out", "{out}/s.json", "--pose2d", "{config}"),
        ("adapt", "{out}", "--out-dir", "{out}", "--pose2d", "{config}"),
    ],
    ids=lambda words: words[0],
)
def test_the_commands_say_it(words, networks, capsys):
    config, out = networks / "broken.py", networks / "none"
    config.write_text("1 / 0")
    assert main([word.format(config=config, out=out) for word in words]) == 2
    assert f"runs the config, which is a program: {config}" in capsys.readouterr().err
