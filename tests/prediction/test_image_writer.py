import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.images import read_image
from surgtools.prediction.image_writer import CannotEncode, write_image


def test_a_picture_comes_back(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (8, 9, 3), np.uint8)
    write_image(tmp_path / "new/a.png", image)
    assert (read_image(tmp_path / "new/a.png") == image).all()


def test_a_picture_too_long_for_jpeg_is_refused_and_fits_png(tmp_path):
    image = np.zeros((65_501, 2, 3), np.uint8)
    with pytest.raises(CannotEncode, match="2 x 65501 pixels cannot be written as .jpg; use .png"):
        write_image(tmp_path / "a.jpg", image)
    assert list(tmp_path.iterdir()) == []
    write_image(tmp_path / "a.png", image)
    assert cv2.imread(str(tmp_path / "a.png")).shape == (65_501, 2, 3)


def test_a_suffix_of_no_format_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be written as .xyz"):
        write_image(tmp_path / "a.xyz", np.zeros((4, 4, 3), np.uint8))


def test_a_mark_behind_the_picture_changes_no_pixel(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    write_image(tmp_path / "a.png", image, mark=b"from here")
    assert (tmp_path / "a.png").read_bytes().endswith(b"from here")
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png")), image)
