import sys

import pytest

pytestmark = [pytest.mark.blender]
pytest.importorskip("bpy")


def test_a_wrong_folder_of_photographs_is_told_before_rendering(tmp_path, monkeypatch, capsys):
    from data_gen.instruments import contact_sheet

    out = tmp_path / "sheet.png"
    monkeypatch.setattr(
        sys, "argv", ["contact_sheet", "--photographs", str(tmp_path), "--out", str(out)]
    )
    with pytest.raises(SystemExit, match="2"):
        contact_sheet.main()
    assert "holds no .jpg or .png" in capsys.readouterr().err
    assert not out.exists()


def test_a_sheet_shows_metal_on_a_table(tmp_path, monkeypatch):
    import cv2

    from data_gen.instruments import contact_sheet

    out = tmp_path / "sheet.png"
    sizes = ["--columns", "2", "--rows", "1", "--cell", "64", "--samples", "1"]
    monkeypatch.setattr(sys, "argv", ["contact_sheet", *sizes, "--out", str(out)])
    contact_sheet.main()
    sheet = cv2.imread(str(out), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape == (64, 128)
    for cell in (sheet[:, :64], sheet[:, 64:]):
        assert abs(cell.astype(int) - int(cv2.medianBlur(cell, 31)[32, 32])).max() > 25
