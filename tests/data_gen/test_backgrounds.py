"""Backgrounds: of the size asked for, reproducible, and different from draw to draw."""

import cv2
import numpy as np
import pytest

from data_gen.backgrounds import (
    BACKGROUNDS,
    load_background,
    sample_surface,
)
from surgtools.errors import InputError


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_every_kind_is_a_picture_that_depends_on_the_seed_alone(kind):
    first, again, other = (
        sample_surface(np.random.default_rng(seed), {kind: 1}, 96) for seed in (1, 1, 2)
    )
    assert first.shape == (96, 96, 3) and first.dtype == np.float32
    assert 0 <= first.min() and first.max() <= 1
    assert (first == again).all()
    assert (first != other).any()


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(InputError, match="'marble' is unknown; expected plain"):
        sample_surface(np.random.default_rng(0), {"marble": 1}, 32)


def test_a_photograph_becomes_a_square_crop(tmp_path):
    picture = np.zeros((60, 90, 3), np.uint8)
    picture[..., 2] = 255  # red in OpenCV's order
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    crop = load_background(tmp_path / "a.png", np.random.default_rng(0), 32)
    assert crop.shape == (32, 32, 3)
    assert crop[0, 0].tolist() == [1, 0, 0]


def test_broken_pictures_are_named(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"cut")
    with pytest.raises(InputError, match=r"a\.jpg: no picture that"):
        load_background(tmp_path / "a.jpg", np.random.default_rng(0), 32)
