"""A layer keeps its instrument and gets another background."""

import cv2
import numpy as np
import pytest

from surgtools.datasets.transforms import RecomposeBackground
from surgtools.datasets.transforms.recompose_background import compose, random_crop
from surgtools.errors import InputError


def layer_with_bar():
    layer = np.zeros((64, 64, 4), np.uint8)
    layer[..., 3] = 1
    layer[28:36, 8:56] = (120, 130, 140, 255)
    return layer


def test_compose_by_hand():
    layer = np.array([[[50, 60, 70, 128], [0, 0, 0, 0], [9, 8, 7, 255]]], np.uint8)
    background = np.full((1, 3, 3), 100, np.uint8)
    # 50 + 100 * 127 / 255 = 99.8
    assert compose(layer, background).tolist() == [[[100, 110, 120], [100] * 3, [9, 8, 7]]]
    assert compose(layer, background, gain=2.0)[0, 2].tolist() == [18, 16, 14]


def test_instrument_stays_and_background_changes():
    np.random.seed(1)
    recompose = RecomposeBackground(gain=(1.0, 1.0))
    pictures = [recompose({"img": layer_with_bar()})["img"] for _ in range(4)]
    for picture in pictures:
        assert picture.shape == (64, 64, 3)
        assert (picture[30, 10:50] == (120, 130, 140)).all()
    for a, b in zip(pictures, pictures[1:], strict=False):
        assert cv2.absdiff(a[:20], b[:20]).mean() > 1


@pytest.mark.parametrize(("black_prob", "black"), [(1.0, True), (0.0, False)])
def test_outside_of_the_picture(black_prob, black):
    np.random.seed(2)
    layer = layer_with_bar()
    layer[:10] = 0
    pictures = [
        RecomposeBackground(black_prob=black_prob)({"img": layer})["img"] for _ in range(5)
    ]
    assert all((picture[:10] == 0).all() for picture in pictures) == black


def test_opaque_pictures_are_left_alone():
    picture = np.zeros((8, 8, 3), np.uint8)
    assert RecomposeBackground()({"img": picture})["img"] is picture


def test_photographs_from_a_folder(tmp_path):
    cv2.imwrite(str(tmp_path / "blue.png"), np.full((40, 50, 3), (255, 0, 0), np.uint8))
    recompose = RecomposeBackground(str(tmp_path), folder_prob=1.0, black_prob=0.0)
    picture = recompose({"img": layer_with_bar()})["img"]
    assert picture[0, 0].tolist() == [254, 0, 0]  # alpha 1 of 255 lets 254 through


def test_folder_without_pictures(tmp_path):
    with pytest.raises(InputError, match="holds no picture"):
        RecomposeBackground(str(tmp_path))


def test_crop_fits():
    picture = np.zeros((30, 70, 3), np.uint8)
    assert random_crop(picture, 16, 24, np.random.default_rng(0)).shape == (16, 24, 3)
