"""Confidence intervals over groups of images."""

import numpy as np
import pytest

from surgtools.evaluation.bootstrap import (
    group_images,
    mean_defined,
    percentile_interval,
    sample_weights,
)


def test_images_of_a_video_belong_together_and_others_stand_alone():
    images = [{"id": 1, "video_id": "a"}, {"id": 2, "video_id": "a"}, {"id": 3}]
    groups, field = group_images(images)
    assert field == "video_id"
    assert groups[0] == groups[1] != groups[2]


def test_without_a_field_each_image_is_a_group():
    groups, field = group_images([{"id": 1}, {"id": 2}])
    assert field == "image" and len(set(groups)) == 2
    assert group_images([]) == ([], "image")


def test_groups_are_drawn_whole_and_as_many_as_there_are():
    weights = sample_weights(["a", "a", "b", "c"], 200, np.random.default_rng(0))
    assert weights.shape == (200, 4)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights[:, 0])) > 2


def test_interval_of_a_mean_is_about_two_standard_errors():
    values = np.random.default_rng(0).normal(0, 1, 400)
    weights = sample_weights(range(400), 2000, np.random.default_rng(1))
    low, high = percentile_interval(weights @ values / 400)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_undefined_samples_are_left_out():
    assert percentile_interval([np.nan, 1.0, 1.0]) == [1.0, 1.0]
    assert percentile_interval([np.nan, 1.0]) is None
    mean = mean_defined(np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]]))
    assert mean == pytest.approx([2.0, 5.0, np.nan], nan_ok=True)
