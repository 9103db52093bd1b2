"""Where there is no terminal, one line says what is looked at."""

from surgtools.cli.scoring_progress import scoring_progress


def test_a_line_without_a_terminal(capsys):
    with scoring_progress("negatives", 90) as tell:
        tell(8)
        tell(3, 3)
    assert capsys.readouterr().out.splitlines()[0] == "negatives: 90 pictures"


def test_other_processes_say_nothing(capsys):
    with scoring_progress("negatives", 90, visible=False) as tell:
        tell(90)
    assert "pictures" not in capsys.readouterr().out
