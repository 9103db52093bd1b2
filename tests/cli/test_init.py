"""``surgtools init`` as a user calls it."""

from surgtools.cli import main


def test_it_says_what_it_chose_and_what_to_run_next(drawn_dataset, tmp_path, capsys):
    assert main(["init", str(drawn_dataset), "--out", str(tmp_path / "start")]) == 0
    shown = capsys.readouterr().out
    assert "input of the detector: 320 x 320" in shown
    assert f"surgtools train {tmp_path / 'start/pose.py'} --data {drawn_dataset}" in shown


def test_a_folder_without_annotations_is_one_line(tmp_path, capsys):
    assert main(["init", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "no such file" in error and error.count("\n") == 1
