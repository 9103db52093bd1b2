"""Fewer pixels, same size, labels untouched."""

import numpy as np
import pytest

from surgtools.adaptation.low_resolution import (
    LowResolution,
    lower_resolution,
    through_camera,
)
from surgtools.errors import InputError


def test_factor_averages_blocks_and_keeps_the_size():
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, :4] = 200
    lowered = lower_resolution(image, 8)
    assert lowered.shape == image.shape
    assert np.unique(lowered).tolist() == [100]


def test_one_changes_nothing():
    image = np.random.default_rng(0).integers(0, 255, (6, 7, 3), np.uint8)
    assert lower_resolution(image, 1) is image


def test_detail_is_lost_on_the_way():
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    spread = [lower_resolution(image, factor).std() for factor in (1, 2, 4, 8)]
    assert spread == sorted(spread, reverse=True)


def test_transform_draws_its_factor_and_leaves_the_labels():
    np.random.seed(0)
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    results = LowResolution(factors=(4,))({"img": image, "keypoints": 1})
    np.testing.assert_array_equal(results["img"], lower_resolution(image, 4))
    assert results["keypoints"] == 1
    assert LowResolution(factors=(4,), prob=0)({"img": image})["img"] is image


def test_what_comes_after_does_not_depend_on_whether_it_was_done():
    image = np.zeros((8, 8, 3), np.uint8)
    drawn = []
    for prob in (0, 1):
        np.random.seed(0)
        LowResolution(prob=prob)({"img": image})
        drawn.append(np.random.random())
    assert drawn[0] == drawn[1]


def test_factors_below_one_are_refused():
    with pytest.raises(InputError, match="factors \\[0.5\\] given"):
        LowResolution(factors=(0.5,))


def test_a_camera_sees_every_picture_by_its_own_factor():
    image = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    read = through_camera(lambda index: image, (1, 4))
    assert read(0) is image and read(2) is image
    np.testing.assert_array_equal(read(3), lower_resolution(image, 4))
    assert through_camera(read, ()) is read
