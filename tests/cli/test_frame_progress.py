import sys

from surgtools.cli.frame_progress import frame_progress


def test_into_a_file_nothing_is_printed(capsys):
    with frame_progress("predict", 3) as advance:
        for _ in range(3):
            advance()
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


def test_on_a_terminal_count_and_speed_are_shown(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with frame_progress("predict", 3) as advance:
        for _ in range(3):
            advance()
    assert "3/3" in capsys.readouterr().err


def test_without_rich_it_counts_silently(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with frame_progress("predict", None) as advance:
        advance()
    assert capsys.readouterr().err == ""
