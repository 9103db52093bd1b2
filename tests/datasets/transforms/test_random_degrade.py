"""Blur, low resolution, noise and JPEG lose what they say they lose."""

import numpy as np
import pytest

from surgtools.datasets.transforms import RandomDegrade
from surgtools.datasets.transforms.random_degrade import (
    add_noise,
    blur_along,
    compress,
    shrink_and_enlarge,
)


def dot():
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 20] = 250
    return image


def test_motion_blur_smears_along_its_angle_only():
    blurred = blur_along(dot(), 10, 0.0)
    y, x, _ = np.nonzero(blurred)
    assert np.ptp(y) == 0
    assert 9 <= np.ptp(x) + 1 <= 12
    assert int(blurred[20].sum()) == pytest.approx(250 * 3, rel=0.1)


def test_low_resolution_removes_detail_and_keeps_the_mean():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 200
    low = shrink_and_enlarge(stripes, 0.25)
    assert low.shape == stripes.shape
    assert low.std() < 0.2 * stripes.std()
    assert low.mean() == pytest.approx(100, abs=3)


def test_noise_has_the_given_sigma():
    gray = np.full((200, 200, 3), 128, np.uint8)
    noisy = add_noise(gray, 10, np.random.default_rng(0)).astype(float)
    assert noisy.std() == pytest.approx(10, rel=0.1)
    assert noisy.mean() == pytest.approx(128, abs=0.5)


def test_one_seed_one_noise():
    gray = np.full((20, 20, 3), 128, np.uint8)
    a, b = (add_noise(gray, 10, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_jpeg_keeps_size_and_loses_little():
    image = np.full((33, 47, 3), 120, np.uint8)
    assert np.abs(compress(image, 30).astype(int) - 120).max() <= 3
    assert compress(image, 30).shape == image.shape


def test_all_probabilities_zero_is_the_identity():
    still = RandomDegrade(blur_prob=0, motion_prob=0, resolution_prob=0, noise_prob=0, jpeg_prob=0)
    np.testing.assert_array_equal(still({"img": dot()})["img"], dot())


def test_every_step_together_returns_a_picture():
    np.random.seed(0)
    every = RandomDegrade(blur_prob=1, motion_prob=1, resolution_prob=1, noise_prob=1, jpeg_prob=1)
    image = every({"img": dot()})["img"]
    assert image.shape == (41, 41, 3)
    assert image.dtype == np.uint8
