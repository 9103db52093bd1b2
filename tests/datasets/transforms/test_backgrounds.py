"""Drawn backgrounds: valid, different, repeatable and quick."""

import time

import numpy as np
import pytest

from surgtools.datasets.transforms import backgrounds


@pytest.mark.parametrize("kind", ["flat", "clouds", "stripes", "cloth", "clutter"])
def test_kinds_fill_the_picture(kind):
    image = getattr(backgrounds, kind)(40, 60, np.random.default_rng(0))
    assert image.shape == (40, 60, 3)
    assert image.dtype == np.uint8


def test_one_seed_one_background():
    a, b, c = (backgrounds.sample_background(64, 64, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_drawing_is_quick():
    rng = np.random.default_rng(0)
    start = time.process_time()
    for _ in range(30):
        backgrounds.sample_background(416, 416, rng)
    assert (time.process_time() - start) / 30 < 0.05  # 5 ms idle; loose for shared machines
