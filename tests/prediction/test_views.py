"""Views map back exactly, and instances find their partners."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import VIEWS
from surgtools.metainfo import NUM_SLOTS, slots_of, union_flip_indices
from surgtools.prediction.augmentation import FOUR_VIEWS
from surgtools.prediction.results import Instance
from surgtools.prediction.views import View, match_instances, stack_keypoints


def union(own: np.ndarray, category_id: int = 1) -> np.ndarray:
    """(N, K, 2) with NaN in foreign slots."""
    result = np.full((len(own), NUM_SLOTS, 2), np.nan)
    result[:, slots_of(category_id)] = own
    return result


@pytest.mark.parametrize(
    "view", [*VIEWS, *FOUR_VIEWS, View(), View(flip=True, degrees=30, scale=0.5)]
)
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


@pytest.mark.parametrize("view", [*FOUR_VIEWS, View(), View(flip=True, degrees=270, scale=0.5)])
def test_boxes_return_to_where_they_were(view):
    boxes = np.array([[10.0, 20, 50, 30], [0, 0, 159, 119]])
    matrix = view.matrix(160, 120)
    corners = boxes.reshape(2, 2, 2) @ matrix[:, :2].T + matrix[:, 2]
    shown = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    np.testing.assert_allclose(view.boxes_to_picture(shown, 160, 120), boxes, atol=1e-9)
    assert view.boxes_to_picture([], 160, 120).shape == (0, 4)


def test_no_tight_box_returns_from_a_slanted_view():
    view = View(degrees=200, scale=0.85)
    assert not view.keeps_boxes
    assert np.isnan(view.boxes_to_picture([[10, 20, 50, 30]], 160, 120)).all()


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


def test_foreign_slots_are_nan():
    ones = np.ones(5)
    stacked = stack_keypoints([Instance(2, np.arange(4.0), 0.5, np.ones((5, 2)), ones, ones)])
    assert np.isnan(stacked[0, :5]).all() and (stacked[0, 5:] == 1).all()
    assert stack_keypoints([]).shape == (0, 10, 2)
