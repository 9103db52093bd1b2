"""Views map back exactly, and disagreement is measured in instrument sizes."""

import numpy as np
import pytest

from surgtools.engine.selection.agreement import (
    VIEWS,
    View,
    fuse_views,
    match_instances,
    view_disagreement,
)
from surgtools.metainfo import NUM_SLOTS, slots_of, union_flip_indices


def union(own: np.ndarray, category_id: int = 1) -> np.ndarray:
    """(N, K, 2) with NaN in foreign slots."""
    result = np.full((len(own), NUM_SLOTS, 2), np.nan)
    result[:, slots_of(category_id)] = own
    return result


@pytest.mark.parametrize("view", [*VIEWS, View(), View(flip=True, degrees=30, scale=0.5)])
def test_points_return_to_where_they_were(view):
    points = union(np.random.default_rng(0).uniform(0, 100, (2, 5, 2)))
    matrix = view.matrix(160, 120)
    shown = points @ matrix[:, :2].T + matrix[:, 2]
    if view.flip:
        shown = shown[:, union_flip_indices()]
    np.testing.assert_allclose(view.to_picture(shown, 160, 120), points, atol=1e-9)


@pytest.mark.parametrize("view", [View(flip=True), View(degrees=90), View(degrees=200, scale=0.8)])
def test_picture_and_points_move_together(view):
    image = np.zeros((120, 160, 3), np.uint8)
    image[28:33, 98:103] = 255
    shown = view.warp(image)
    assert shown.shape[1::-1] == view.size(160, 120)
    matrix = view.matrix(160, 120)
    expected = matrix[:, :2] @ (100, 30) + matrix[:, 2]
    y, x = np.nonzero(shown[..., 0] > 100)
    np.testing.assert_allclose((x.mean(), y.mean()), expected, atol=0.3)


def test_quarter_turn_is_counter_clockwise_and_lossless():
    image = np.random.default_rng(0).integers(0, 255, (5, 8, 3), np.uint8)
    np.testing.assert_array_equal(View(degrees=90).warp(image), np.rot90(image))


def test_disagreement_is_the_mean_distance_over_size_and_a_miss_counts_one():
    found = union(np.zeros((1, 5, 2)))
    moved = found + [3.0, 4.0]  # 5 px of 100 px: 0.05
    missed = np.full_like(found, np.nan)
    value = view_disagreement(found, np.stack([moved, missed, found]), np.array([100.0]))
    np.testing.assert_allclose(value, [(0.05 + 1 + 0) / 3])


def test_without_views_the_question_cannot_be_asked():
    assert np.isnan(
        view_disagreement(union(np.zeros((2, 5, 2))), np.zeros((0,)), np.ones(2))
    ).all()


def test_fused_label_is_the_median_and_ignores_views_that_saw_nothing():
    found = union(np.zeros((1, 5, 2)))
    seen = np.stack([found + [1.0, 0], found + [50.0, 0], np.full_like(found, np.nan)])
    fused, spread = fuse_views(found, seen)
    np.testing.assert_allclose(fused[0, :5], np.tile([1.0, 0], (5, 1)))
    np.testing.assert_allclose(spread[0, :5], (1 + 0 + 49) / 3)
    assert np.isnan(fused[0, 5:]).all()


def test_categories_never_match_and_each_partner_is_used_once():
    holder, tweezers = union(np.zeros((1, 5, 2)), 1), union(np.zeros((1, 5, 2)), 2)
    assert match_instances(holder, tweezers, np.array([100.0]), 1.0).tolist() == [-1]
    two = np.concatenate([holder, holder + 1])
    assert sorted(match_instances(two, holder, np.full(2, 100.0), 1.0).tolist()) == [-1, 0]


def test_match_respects_the_limit_and_empty_sides():
    holder = union(np.zeros((1, 5, 2)))
    far = holder + [30.0, 0]
    assert match_instances(holder, far, np.array([100.0]), 0.29).tolist() == [-1]
    assert match_instances(holder, far, np.array([100.0]), 0.31).tolist() == [0]
    assert match_instances(holder, holder[:0], np.array([100.0]), 1.0).tolist() == [-1]
    assert match_instances(holder[:0], holder, np.zeros(0), 1.0).shape == (0,)
