"""One place holds one instrument, and crossing instruments are two places."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import one_per_place

BOX = (0.0, 0, 100, 100)
DOWN, UP = ((0, 0), (100, 100)), ((0, 100), (100, 0))


def place(categories, boxes, axes, scores, frames=None):
    frames = np.zeros(len(scores)) if frames is None else frames
    return one_per_place(frames, np.array(categories), np.array(boxes), np.array(axes), scores)


def test_the_surer_of_two_at_one_place_stays():
    verdict = place([1, 1], [BOX, BOX], [DOWN, DOWN], [0.4, 0.9])
    assert verdict.keep.tolist() == [False, True]
    assert verdict.reasons[0] == "a surer proposal (0.90) is at the same place"


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_two_categories_are_undecided_by_the_ratio_of_their_scores(scale):
    for weaker, keep in ((0.5, [False, False]), (0.4, [True, False])):
        scores = [0.9 * scale, weaker * scale]  # 0.5 / 0.9 is more than half, 0.4 / 0.9 is not
        assert place([1, 2], [BOX, BOX], [DOWN, DOWN], scores).keep.tolist() == keep


def test_reversed_axis_is_the_same_place():
    assert place([1, 2], [BOX, BOX], [DOWN, DOWN[::-1]], [0.9, 0.3]).keep.tolist() == [True, False]


def test_crossing_instruments_share_a_box_and_both_stay():
    assert place([1, 2], [BOX, BOX], [DOWN, UP], [0.9, 0.9]).keep.all()


def test_undecided_category_rejects_both():
    verdict = place([1, 2], [BOX, BOX], [DOWN, DOWN], [0.9, 0.8])
    assert not verdict.keep.any()
    assert verdict.reasons == ["two categories claim this place (0.90, 0.80)"] * 2


def test_frames_do_not_meet_and_empty_in_empty_out():
    assert place([1, 1], [BOX, BOX], [DOWN, DOWN], [0.4, 0.9], frames=np.array([0, 1])).keep.all()
    assert place([], np.zeros((0, 4)), np.zeros((0, 2, 2)), np.zeros(0)).keep.shape == (0,)
