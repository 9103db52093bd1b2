"""Views of a picture are one answer: matched, fused, and back in the picture's own pixels."""

import numpy as np
import pytest

from surgtools.prediction.augmentation import (
    FOUR_VIEWS,
    fuse_instances,
    group_views,
    to_picture,
)
from surgtools.prediction.results import Instance

POINTS = np.array([[50, 40], [30, 10], [60, 90], [70, 12], [64, 92]], float)


def instance(shift=(0.0, 0.0), score=0.8, category_id=1, keypoint_scores=(0.5,) * 5):
    points = POINTS + shift
    box = np.concatenate([points.min(axis=0), points.max(axis=0)])
    scores = np.array(keypoint_scores, float)
    return Instance(category_id, box, score, points, scores, scores / 2)


def seen_in(view, found, width=160, height=120):
    """What a faultless network would answer in the view."""
    matrix = view.matrix(width, height)
    points = found.keypoints @ matrix[:, :2].T + matrix[:, 2]
    scores, visible = found.keypoint_scores, found.keypoint_visible
    if view.flip:  # joint, left handle, left tip, right handle, right tip
        order = [0, 3, 4, 1, 2]
        points, scores, visible = points[order], scores[order], visible[order]
    box = np.concatenate([points.min(axis=0), points.max(axis=0)])
    return Instance(found.category_id, box, found.bbox_score, points, scores, visible)


@pytest.mark.parametrize("view", FOUR_VIEWS)
def test_what_a_view_shows_returns_to_the_picture(view):
    wanted = instance(keypoint_scores=(0.1, 0.2, 0.3, 0.4, 0.5))
    (back,) = to_picture([seen_in(view, wanted)], view, 160, 120)
    for name in ("bbox", "keypoints", "keypoint_scores", "keypoint_visible"):
        np.testing.assert_allclose(getattr(back, name), getattr(wanted, name), atol=1e-9)
    assert to_picture([], view, 160, 120) == []


def test_keypoints_are_medians_boxes_weighted_means_and_the_least_sure_view_is_left_out():
    upright, moved, far = instance(), instance((4, 0), score=0.4), instance((10, 0), score=0.6)
    (fused,) = fuse_instances([[upright], [moved], [], [far]])
    np.testing.assert_allclose(fused.keypoints, POINTS + [4, 0])
    # (0.8 * 0 + 0.4 * 4 + 0.6 * 10) / 1.8 = 4.222 px to the right
    np.testing.assert_allclose(fused.bbox - upright.bbox, [4.2222, 0, 4.2222, 0], atol=1e-3)
    assert fused.bbox_score == pytest.approx((0.8 + 0.4 + 0.6) / 3)
    (rare,) = fuse_instances([[upright], [], [], []])
    assert rare.bbox_score == pytest.approx(0.8 / 3)
    assert fuse_instances([[upright]])[0].bbox_score == pytest.approx(0.8)
    np.testing.assert_allclose(fused.keypoint_scores, 0.5)


def test_instruments_apart_and_of_other_categories_stay_apart():
    # the box measures 40 x 82 px, its diagonal 91 px, and 0.3 of that 27 px
    one, near, apart = instance(), instance((26, 0)), instance((29, 0))
    other = instance(category_id=2)
    assert group_views([[one], [near]]) == [[(0, 0), (1, 0)]]
    assert group_views([[one], [apart, other]]) == [[(0, 0)], [(1, 0)], [(1, 1)]]
    assert group_views([[], [one], [other, one]]) == [[(1, 0), (2, 1)], [(2, 0)]]
    assert group_views([[], []]) == [] and fuse_instances([[], []]) == []


def test_a_view_gives_each_instance_to_one_instrument():
    both = [instance(), instance((20, 0))]
    assert group_views([both, [instance((1, 0))]]) == [[(0, 0), (1, 0)], [(0, 1)]]
