"""Folders of pictures tell what is left out of them."""

import pytest

from surgtools.cli import main
from surgtools.cli.passed_over import tell_passed_over


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs/IMG_0001.HEIC").touch()
    return tmp_path / "photographs"


def test_folders_that_are_not_given_are_not_looked_at(folder, capsys):
    tell_passed_over([None, folder], "generate")
    said = capsys.readouterr().err
    assert said.startswith(f"surgtools generate: {folder}: IMG_0001.HEIC cannot be read")


@pytest.mark.parametrize(
    "words",
    [
        ("generate", "plain", "--out-dir", "{out}", "--backgrounds", "{folder}"),
        ("generate", "plain", "--out-dir", "{out}", "--textures", "{folder}"),
        ("data", "paste", "x.json", "--out-dir", "{out}", "--backgrounds", "{folder}"),
        ("test", "--predictions", "x.json", "--data", "x", "--negatives", "{folder}"),
    ],
)
def test_commands_that_take_a_folder_of_pictures_say_it(words, folder, tmp_path, capfd):
    out = tmp_path / "out"
    assert main([word.format(folder=folder, out=out) for word in words]) == 2
    assert "IMG_0001.HEIC cannot be read and are left out" in capfd.readouterr().err
