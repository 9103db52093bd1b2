"""Colors change, geometry does not."""

import numpy as np
import pytest

from surgtools.datasets.transforms import RandomPhotometric
from surgtools.datasets.transforms.random_photometric import mix_colors


def picture():
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)


def test_without_saturation_the_picture_is_grey():
    gray = mix_colors(picture(), 0.0, 0.0).astype(int)
    assert np.ptp(gray, axis=2).max() <= 1
    luma = picture().astype(float) @ (0.114, 0.587, 0.299)
    assert np.abs(gray[..., 0] - luma).max() <= 1


def test_full_saturation_and_no_turn_changes_nothing():
    assert np.abs(mix_colors(picture(), 1.0, 0.0).astype(int) - picture()).max() <= 1


def test_grey_stays_grey_under_any_hue():
    gray = np.full((4, 4, 3), 90, np.uint8)
    assert np.abs(mix_colors(gray, 1.5, 40.0).astype(int) - 90).max() <= 1


def test_prob_zero_is_the_identity():
    before = picture()
    np.testing.assert_array_equal(RandomPhotometric(prob=0.0)({"img": before})["img"], picture())


def test_pictures_differ_and_stay_pictures():
    np.random.seed(0)
    changed = [RandomPhotometric(prob=1.0)({"img": picture()})["img"] for _ in range(8)]
    means = [image.mean() for image in changed]
    assert np.ptp(means) > 20
    assert all(image.shape == (32, 32, 3) and image.dtype == np.uint8 for image in changed)


@pytest.mark.parametrize("gain", [-0.35, 0.35])
def test_tables_follow_brightness(gain):
    class Fixed:
        """Draws the ends of every range."""

        def uniform(self, low, high, size=None):
            value = high if gain > 0 else low
            return np.full(size, value) if size else value

    tables = RandomPhotometric(contrast=0.0, gamma=(1.0, 1.0), tint=0.0, brightness=0.35)
    table = tables._sample_tables(Fixed(), mean=0.5)
    assert table[0, 100].tolist() == [round(100 * (1 + gain))] * 3
