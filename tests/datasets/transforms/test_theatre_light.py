"""A spot burns out, the surround stays dark."""

import numpy as np

from surgtools.datasets.transforms import TheatreLight
from surgtools.datasets.transforms.theatre_light import relight, spot


def test_a_spot_is_bright_in_the_middle_and_dark_far_away():
    light = spot((100, 100), np.array([50.0, 50.0]), 15.0, 20.0, np.random.default_rng(0))
    assert light[50, 50] == 1
    assert abs(light[0, 0] - 1 / 20) < 0.01


def test_exposure_goes_by_the_mean():
    grey, even = np.full((64, 64, 3), 90, np.uint8), np.ones((64, 64), np.float32)
    # linear light 0.2 is 255 * 0.2 ** (1 / 2.2) = 122.7
    assert abs(relight(grey, even, 0.2, False).mean() - 122.7) < 1.5


def test_gloves_burn_out_while_the_rest_is_dark():
    light = spot((64, 64), np.array([32.0, 32.0]), 10.0, 30.0, np.random.default_rng(1))
    lit = relight(np.full((64, 64, 3), 150, np.uint8), light, 0.15, False)
    assert lit[32, 32].min() == 255
    assert lit[0, 0].max() < 70


def test_glow_only_adds_light():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    light = spot((64, 64), np.array([32.0, 32.0]), 10.0, 30.0, np.random.default_rng(1))
    with_glow = relight(picture, light, 0.2, True).astype(int)
    without = relight(picture, light, 0.2, False)
    assert (with_glow >= without).all()
    assert with_glow.mean() > without.mean()


def test_the_share_that_is_lit():
    picture = np.full((32, 32, 3), 120, np.uint8)
    np.random.seed(0)
    changed = [
        (TheatreLight(prob=0.5)({"img": picture})["img"] != picture).any() for _ in range(60)
    ]
    assert 0.3 < np.mean(changed) < 0.7
