"""``surgtools data suggest`` refuses what it cannot use."""

from surgtools.cli import main


def test_suggest_checks_its_arguments(tmp_path, capsys):
    assert main(["data", "suggest", "x", "--out", str(tmp_path / "o"), "--count", "0"]) == 2
    assert "--count" in capsys.readouterr().err


def test_suggest_does_not_write_over_earlier_suggestions(tmp_path, capsys):
    (tmp_path / "suggestions.json").write_text("[]")
    assert main(["data", "suggest", "x", "--out", str(tmp_path)]) == 2
    assert "holds suggestions already" in capsys.readouterr().err
