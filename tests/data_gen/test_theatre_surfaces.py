"""Surfaces of a theatre: colors that drapes have, and a field that shows drape, skin and wound."""

import colorsys

import cv2
import numpy as np
import pytest

from data_gen.theatre_surfaces import draw_drape, draw_field, draw_skin, draw_tissue


def test_drapes_are_green_or_blue():
    for seed in range(30):
        picture = np.clip(draw_drape(np.random.default_rng(seed), 64), 0, 1)
        hue, _, _ = colorsys.rgb_to_hsv(*np.median(picture.reshape(-1, 3), axis=0))
        assert 0.37 < hue < 0.62


@pytest.mark.parametrize("seed", range(5))
def test_a_field_has_cool_drapes_around_something_warm(seed):
    picture = np.clip(draw_field(np.random.default_rng(seed), 128), 0, 1).astype(np.float32)
    hue = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)[..., 0]
    cool = (hue > 130) & (hue < 225)
    assert cool[[0, 0, -1, -1], [0, -1, 0, -1]].all()
    assert (~cool).mean() > 0.05


@pytest.mark.parametrize("draw", [draw_skin, draw_tissue])
def test_skin_and_tissue_are_warm(draw):
    for seed in range(10):
        red, _, blue = np.median(draw(np.random.default_rng(seed), 64).reshape(-1, 3), axis=0)
        assert red > blue
