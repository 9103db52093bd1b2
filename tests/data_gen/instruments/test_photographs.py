import cv2
import numpy as np
import pytest

from data_gen.instruments.photographs import cut_square, read_cells
from surgtools.errors import InputError


def photograph():
    picture = np.full((200, 200, 3), 140, np.uint8)
    picture[40:44, 60:140] = 40
    picture[180, 10] = 0  # dust
    return picture


def test_the_instrument_fills_its_cell():
    cell = cut_square(photograph(), 110)
    dark = np.argwhere(cell[..., 0] < 90)
    # 80 px long, framed by 88: it spans 110 * 80 / 88 = 100 of 110 px, in the middle
    assert np.ptp(dark[:, 1]) == pytest.approx(100, abs=3)
    assert dark.mean(axis=0) == pytest.approx([55, 55], abs=2)


def test_an_empty_table_is_shown_whole():
    assert cut_square(np.full((120, 120, 3), 130, np.uint8), 60).shape == (60, 60, 3)


def test_cells_come_from_the_folder(tmp_path):
    cv2.imwrite(str(tmp_path / "one.png"), photograph())
    assert read_cells(tmp_path, 3, 64, np.random.default_rng(0)).shape == (1, 64, 64, 3)


def test_a_folder_without_pictures_and_a_broken_one_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no .jpg or .png"):
        read_cells(tmp_path, 1, 64, np.random.default_rng(0))
    (tmp_path / "broken.jpg").write_text("no picture")
    with pytest.raises(InputError, match="broken.jpg: cannot be read"):
        read_cells(tmp_path, 1, 64, np.random.default_rng(0))
