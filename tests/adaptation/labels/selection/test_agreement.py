"""Disagreement is measured in instrument sizes."""

import numpy as np

from surgtools.adaptation.labels.selection.agreement import (
    VIEWS,
    fuse_views,
    view_disagreement,
)
from surgtools.metainfo import NUM_SLOTS, slots_of


def union(own: np.ndarray, category_id: int = 1) -> np.ndarray:
    """(N, K, 2) with NaN in foreign slots."""
    result = np.full((len(own), NUM_SLOTS, 2), np.nan)
    result[:, slots_of(category_id)] = own
    return result


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


def test_a_view_that_cannot_show_an_instance_is_not_asked():
    places = np.array([[[0.0, 0], [10, 0]]] * 2)  # two instances
    seen = np.stack([places + [1, 0], np.full_like(places, np.nan)])
    asked = np.array([[True, True], [True, False]])
    sizes = np.array([10.0, 10])
    # found 1 px off and lost: (0.1 + 1) / 2; found 1 px off and not asked: 0.1
    np.testing.assert_allclose(view_disagreement(places, seen, sizes, asked), [0.55, 0.1])


def test_a_view_counts_at_most_one_instrument_size():
    found = union(np.zeros((1, 5, 2)))
    for gap, value in ((99.0, 0.99), (104.0, 1.0), (300.0, 1.0)):
        seen = np.stack([found + [gap, 0]])
        np.testing.assert_allclose(view_disagreement(found, seen, np.array([100.0])), [value])


def test_the_views_mirror_turn_and_shrink_the_picture():
    corner = np.array([[[0.0, 0.0]]])
    mirrored, turned, shrunk = (view.warp(np.zeros((40, 60, 3), np.uint8)) for view in VIEWS)
    assert mirrored.shape == (40, 60, 3) and turned.shape == (60, 40, 3)
    assert [view.keeps_boxes for view in VIEWS] == [True, True, False]
    assert (VIEWS[2].degrees, VIEWS[2].scale) == (200, 0.85)
    assert shrunk.shape[0] > 0 and corner.shape == (1, 1, 2)
