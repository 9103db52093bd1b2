"""Into a file every step is one line."""

from surgtools.cli.adapt_progress import adapt_progress


def test_each_step_is_named_once(capsys):
    with adapt_progress() as tell:
        for done in (1, 2):
            tell("labelling", done, 2)
        tell("training", 1, 9)
    assert capsys.readouterr().err.splitlines() == ["labelling (2)", "training (9)"]
