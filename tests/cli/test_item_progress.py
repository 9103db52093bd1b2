import sys

from surgtools.cli import item_progress
from surgtools.cli.item_progress import item_progress as progress


def test_into_a_file_goes_a_line_now_and_then_and_one_at_the_end(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 20.0, 21.0])
    monkeypatch.setattr(item_progress.time, "monotonic", lambda: next(clock))
    with progress("predict", 4, "inputs") as advance:
        for count in (1, 1, 2):
            advance(count)
    assert capsys.readouterr().err.splitlines() == [
        "predict: 2/4 inputs, 0.1 a second, 0 min 20 s left",
        "predict: 4/4 inputs, 0.2 a second, 0 min 00 s left",
    ]


def test_a_terminal_renews_its_line(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("predict", 8000, "inputs") as advance:
        advance(1)
        advance(1)
    said = capsys.readouterr().err
    assert said.count("\r") == 2 and said.count("\n") == 1 and "2/8000 inputs" in said


def test_hours_are_told_as_hours():
    assert item_progress._clock(3725) == "1 h 02 min"
