"""One place holds one instrument, and crossing instruments are two places."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import one_per_place
from surgtools.adaptation.labels.selection.overlap import same_place

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


@pytest.mark.parametrize(("weaker", "keep"), [(0.4, False), (0.399, True)])
def test_a_rival_is_half_as_sure_or_more(weaker, keep):
    verdict = place([1, 2], [BOX, BOX], [DOWN, DOWN], [0.8, weaker])
    assert verdict.keep.tolist() == [keep, False]


@pytest.mark.parametrize(("width", "same"), [(50, True), (49, False)])
def test_boxes_are_one_place_from_half_overlap_on(width, same):
    """A part of the box as high as it: the overlap is its share of the width."""
    part = (200.0, 300, 200 + width, 400)
    nowhere = np.full((2, 2), np.nan)
    assert same_place((200.0, 300, 300, 400), part, nowhere, nowhere) is same


@pytest.mark.parametrize(("gap", "same"), [(7.5, True), (7.51, False)])
def test_axes_lie_on_each_other_up_to_a_share_of_the_diagonal(gap, same):
    """A box of 30 by 40 has a diagonal of 50, of which 0.15 are 7.5; one of its sums is larger."""
    box, axis = (200.0, 300, 230, 340), np.array([(200.0, 300), (230, 340)])
    aside = axis + [gap, 0]
    assert same_place(box, box, axis, aside) is same
    assert same_place(box, box, axis, aside[::-1]) is same


def test_one_without_an_axis_is_told_by_its_box():
    nowhere = np.full((2, 2), np.nan)
    assert same_place(BOX, BOX, DOWN, nowhere) and same_place(BOX, BOX, nowhere, UP)


def test_what_has_lost_its_place_takes_no_other_with_it():
    """Two rivals are both gone; a third at their place, far less sure, stays out of it."""
    verdict = place([1, 2, 1], [BOX] * 3, [DOWN] * 3, [0.9, 0.8, 0.1])
    assert verdict.keep.tolist() == [False, False, True]
    assert verdict.reasons[2] == ""
