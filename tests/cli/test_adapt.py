"""``surgtools adapt`` refuses what it cannot use in one line, before anything is written."""

import pytest

from surgtools.cli import adapt, main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "--epochs 0: 1 or more"),
        (["--epoch-length", "-1"], "--epoch-length -1: 1 or more"),
        (["--lr", "0"], "--lr 0: more than 0"),
        (["--pseudo-share", "1"], "--pseudo-share 1: between 0 and 1"),
        (["--start-share", "1"], "--start-share 1: from 0 to below 1"),
        (["--low-resolution", "0.5"], "--low-resolution: factors of 1 or more"),
        (["--workers", "-1"], "--workers -1: 0 or more"),
        (["--det-model", "nowhere.py"], "nowhere.py: no such config"),
        (["--student", "a.py", "a.pth"], "--student: a detector and a pose model are expected"),
        (["--student", "one", "two", "three"], "--student: a detector and a pose model"),
        (["--student", "one", "two", "--only", "pose"], "or one of them with --only"),
        (["--student", "one", "two"], "one: no model of this name"),
        (["--student", "a.py", "--only", "pose"], "a.py: no such config"),
        (
            ["--student", "a.py", "a.pth", "--only", "pose", "--teacher", "ema"],
            "--student: learns from the frozen pair",
        ),
        (["--student", "nowhere.py", "a.pth", "--only", "pose"], "nowhere.py: no such config"),
    ],
)
def test_bad_arguments(arguments, message, tmp_path, capsys):
    code = main(["adapt", str(tmp_path), "--out", str(tmp_path / "out"), *arguments])
    error = capsys.readouterr().err
    assert code == 2 and message in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_out_must_not_be_a_file(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["adapt", "x", "--out", str(tmp_path / "file")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_students_are_aliases_or_files():
    pairs = [
        (["fast", "small"], [("fast", None), ("small", None)]),
        (["a.py", "a.pth", "small"], [("a.py", "a.pth"), ("small", None)]),
        (["fast", "b.py", "b.pth"], [("fast", None), ("b.py", "b.pth")]),
        (["a.py"], [("a.py", None)]),
    ]
    for words, networks in pairs:
        assert adapt._networks(words) == networks
