"""Boxes say how good all views together can become."""

import numpy as np
import pytest

from surgtools.prediction.estimators import Boxes
from surgtools.prediction.reach import can_reach


def boxes(*rows):
    """Rows of x, score and category; boxes are 10 wide and high."""
    xyxy = np.array([[x, 0, x + 10, 10] for x, _, _ in rows], float).reshape(-1, 4)
    scores, categories = (np.array([row[i] for row in rows]) for i in (1, 2))
    return Boxes(xyxy, scores.astype(float), categories.astype(int))


def test_a_box_of_one_view_alone_needs_to_be_sure_of_three():
    # of four views the best three count: 0.9 / 3 and (0.9 + 0.4) / 3
    seen = [boxes((0, 0.9, 1)), boxes(), boxes((1, 0.4, 1)), boxes((50, 0.9, 1))]
    masks = can_reach(seen, 0.35, with_presence=False)
    assert [mask.tolist() for mask in masks] == [[True], [], [True], [False]]
    assert not any(mask.any() for mask in can_reach(seen, 0.44, with_presence=False))


def test_presence_may_lift_a_score_to_its_root():
    seen = [boxes((0, 0.16, 1)), boxes((0, 0.16, 1))]
    assert can_reach(seen, 0.39, with_presence=True)[0].tolist() == [True]
    assert can_reach(seen, 0.39, with_presence=False)[0].tolist() == [False]
    assert can_reach(seen, 0.41, with_presence=True)[0].tolist() == [False]


@pytest.mark.parametrize("other", [(0, 0.8, 2), (30, 0.8, 1)])
def test_other_categories_and_places_lend_nothing(other):
    seen = [boxes((0, 0.5, 1)), boxes(other), boxes(other)]
    assert can_reach(seen, 0.3, with_presence=False)[0].tolist() == [False]


def test_nothing_in_nothing_out():
    assert [mask.shape for mask in can_reach([boxes(), boxes()], 0.3, True)] == [(0,), (0,)]


def test_what_the_pose_model_has_said_counts_as_it_is():
    seen = [boxes((0, 0.16, 1)), boxes((0, 0.16, 1)), boxes((0, 0.16, 1))]
    # the best two of 0.4, 0.4 and 0.4; with the first known 0.4 and 0.4; with two 0.4 and 0.16
    left = [can_reach(seen, 0.35, True, known)[2].tolist() for known in range(3)]
    assert left == [[True], [True], [False]]


def test_what_the_views_so_far_doubt_is_given_up_and_what_they_lack_is_not():
    known = boxes((0, 0.1, 1), (50, 0.3, 1))
    # nothing known lies at 100; at 0 the best is 0.1, at 50 it is 0.3
    later = boxes((0, 0.9, 1), (50, 0.9, 1), (100, 0.9, 1))
    seen = [known, later, later, later]
    assert can_reach(seen, 0.35, True, 1, 0.2)[2].tolist() == [False, True, True]
    assert can_reach(seen, 0.35, True, 1, 0.05)[2].tolist() == [True, True, True]
