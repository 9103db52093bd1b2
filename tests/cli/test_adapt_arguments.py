"""``surgtools adapt`` refuses what it cannot use in one line, before anything is written."""

import pytest

from surgtools.cli import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "--epochs 0: 1 or more"),
        (["--epoch-length", "-1"], "--epoch-length -1: 1 or more"),
        (["--lr", "0"], "--lr 0: more than 0 is expected"),
        (["--pseudo-share", "1"], "--pseudo-share 1: more than 0 and less than 1"),
        (["--start-share", "1"], "--start-share 1: from 0 to below 1"),
        (["--lr", "inf"], "--lr inf: a finite number"),
        (["--low-resolution", "2", "0.5"], "--low-resolution 0.5: 1 or more"),
        (["--low-resolution", "nan"], "--low-resolution nan: a finite number"),
        (["--low-resolution", "inf"], "--low-resolution inf: a finite number"),
        (["--seed", "-1"], "--seed -1: from 0 to 4294967295"),
        (["--seed", str(2**32)], "--seed 4294967296: from 0 to 4294967295"),
        (["--drop", "-0.1"], "--drop -0.1: from 0 to below 1"),
        (["--drop", "1"], "--drop 1: from 0 to below 1"),
        (["--drop", "nan"], "--drop nan: a finite number"),
        (["--drop", "inf"], "--drop inf: a finite number"),
        (["--without", "luck"], "rule 'luck' is unknown; the rules are bbox_score"),
        (["--workers", "-1"], "--workers -1: 0 or more"),
        (["--det-model", "nowhere.py"], "nowhere.py: no such config"),
        (["--student", "a.py", "a.pth"], "a.py: no such config"),
        (["--student", "rtmdet-tiny_instruments"], "finds boxes alone or keypoints alone; give a"),
        (["--student", "one", "two", "--only", "pose"], "or the one that --only names"),
        (["--student", "one", "two", "three"], "--student: a detector and a pose model"),
        (["--student", "one", "two"], "one: no model of this name"),
        (["--student", "a.py", "--only", "pose"], "a.py: no such config"),
        (
            ["--student", "a.py", "a.pth", "--only", "pose", "--teacher", "ema"],
            "--student: learns from the frozen pair",
        ),
        (["--student", "nowhere.py", "a.pth", "--only", "pose"], "nowhere.py: no such config"),
        (["--student", "fast", "x", "--start-share", "0.5"], "--start-share: --student has"),
        (["--low-resolution", "4", "--start-share", "0"], "--start-share: --low-resolution has"),
        (
            [*("--models", "fast", "--student", "a", "b"), "--teacher-models", "fast", "accurate"],
            "--models fast: neither teaches nor learns beside",
        ),
        (["--teacher-models", "fast"], "two different pairs or more are expected"),
        (["--teacher-models", "fast", "fast"], "two different pairs or more are expected"),
        (["--teacher-models", "fast", "none"], "none: no such folder, nor models"),
        (["--teacher-models", "fast", "fast-onnx"], "adapt learns from a detector and a pose"),
        (
            ["--teacher-models", "fast", "accurate", "--teacher", "ema"],
            "--teacher-models: stay what they are",
        ),
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


def test_named_teachers_label_and_the_named_pair_learns(tmp_path, monkeypatch, capsys):
    from surgtools.errors import InputError
    from surgtools.prediction.models import Models

    asked = {}

    class Recording:
        def __init__(self, targets, out, source, pair, settings, tell, student, further):
            asked.update(pair=pair, student=student, further=further, settings=settings)
            raise InputError("enough is known")

    monkeypatch.setattr("surgtools.adaptation.run.Adaptation", Recording)
    words = ["adapt", str(tmp_path), "--out", str(tmp_path / "out"), "--source", str(tmp_path)]
    assert main([*words, "--models", "fast", "--teacher-models", "accurate", "fast"]) == 2
    assert "enough is known" in capsys.readouterr().err
    fast, accurate = Models.find("fast"), Models.find("accurate")
    assert (asked["pair"], asked["student"], asked["further"]) == (accurate, fast, [fast])
    assert asked["settings"].pose.teacher == asked["settings"].detector.teacher == "frozen"
    assert main(words) == 2
    assert asked["student"] is None and asked["further"] == []
    assert asked["settings"].pose.teacher == "ema"
