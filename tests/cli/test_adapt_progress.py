"""Into a file every step is one line when it begins and one when it ends."""

from surgtools.cli import adapt_progress as progress


def test_steps_tell_what_they_are_and_how_fast_they_were(capsys, monkeypatch):
    clock = iter([100.0, 104.0, 110.0, 200.0, 201.0])
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    begun = {}
    lines = [
        line
        for step, done, total in (
            ("labelling", 16, 36),
            ("training", 1, 9),
            ("labelling", 36, 36),  # 20 in 10 s
            ("labelling", 16, 36),  # the next round
            ("looking", 5, 5),  # all at once: no speed to tell
        )
        for line in progress.report(begun, step, done, total)
    ]
    assert lines == [
        "labelling (36)",
        "training (9)",
        "labelling: 10 s, 2.0 per second",
        "labelling (36)",
        "looking (5)",
    ]
    assert list(begun) == ["training", "labelling"]


def test_without_a_terminal_lines_are_written(capsys):
    with progress.adapt_progress() as tell:
        tell("training", 1, 9)
    assert capsys.readouterr().err.splitlines() == ["training (9)"]
