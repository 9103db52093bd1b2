import pytest

from surgtools.cli import main


@pytest.mark.parametrize("text", ["{}", '{"instance_info": [], "meta_info": {"categories": []}}'])
def test_a_file_without_tracks_is_one_line(tmp_path, capsys, text):
    (tmp_path / "p.json").write_text(text)
    assert main(["measure", str(tmp_path / "p.json"), "--out-dir", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "p.json: " in line
    assert not (tmp_path / "out").exists()
