"""What two pairs of networks propose is told apart by place, on either side of each limit."""

import numpy as np
import pytest

from surgtools.adaptation.guards.judged_proposals import (
    JudgedProposals,
    has_neighbor,
    instances_per_frame,
)
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.evaluation.settings import SCORE_THR
from surgtools.taxonomy import Category, Taxonomy

SLOTS = 2
TAXONOMY = Taxonomy(
    "swabs", (Category(1, "swab"), Category(2, "tube"), Category(3, "clip", ("a", "b")))
)


def boxes_only(*boxes, categories=None) -> Proposals:
    """One instance per box in the first frame, of categories without keypoints."""
    count = len(boxes)
    return Proposals(
        frames=np.zeros(count, dtype=int),
        category_ids=np.ones(count, dtype=int) if categories is None else np.array(categories),
        boxes=np.array(boxes, dtype=float).reshape(-1, 4),
        scores=np.full(count, 0.9),
        keypoints=np.full((count, SLOTS, 2), np.nan),
        keypoint_scores=np.full((count, SLOTS), 0.9),
        visible=np.ones((count, SLOTS)),
        spread=np.zeros((count, SLOTS)),
        num_frames=1,
        taxonomy=TAXONOMY,
    )


@pytest.mark.parametrize(("width", "same"), [(10, True), (9.9, False)])
def test_boxes_without_keypoints_are_one_label_from_half_of_their_union_on(width, same):
    these, those = boxes_only([0, 0, 20, 10]), boxes_only([0, 0, width, 10])
    assert has_neighbor(these, those, keypoints=True).tolist() == [same]


def test_a_box_of_another_category_is_no_label_of_this_one():
    these, those = boxes_only([0, 0, 20, 10]), boxes_only([0, 0, 20, 10], categories=[2])
    assert has_neighbor(these, those, keypoints=True).tolist() == [False]
    assert has_neighbor(these, those, keypoints=False).tolist() == [True]


@pytest.mark.parametrize(("width", "near"), [(4, True), (3.9, False)])
def test_a_box_is_nearby_from_a_fifth_of_the_union_on(width, near):
    these, those = boxes_only([0, 0, 20, 10]), boxes_only([0, 0, width, 10])
    assert has_neighbor(these, those, keypoints=False).tolist() == [near]


@pytest.mark.parametrize(("shift", "same"), [(10.0, True), (10.1, False)])
def test_keypoints_are_one_label_up_to_a_fifth_of_the_diagonal(shift, same):
    these = boxes_only([0, 0, 30, 40], categories=[3])  # a diagonal of 50
    those = boxes_only([0, 0, 30, 40], categories=[3])
    these.keypoints[:] = [[5.0, 5], [20, 30]]
    those.keypoints[:] = these.keypoints + (shift, 0)
    assert has_neighbor(these, those, keypoints=True).tolist() == [same]


def test_what_is_reported_scores_at_least_the_threshold():
    found = boxes_only(*[[0, 0, 20, 10]] * 4)
    found.scores[:] = SCORE_THR, SCORE_THR, SCORE_THR - 0.01, SCORE_THR - 0.01
    judged = JudgedProposals(found, np.array([True, False, True, False]))
    assert len(judged.reported) == 2
    assert len(judged.accepted) == len(judged.doubtful) == 1
    assert judged.trusted_frames == 1


def test_frames_that_hold_something_hold_so_many():
    assert instances_per_frame(boxes_only(*[[0, 0, 20, 10]] * 3)) == 3
    assert instances_per_frame(boxes_only()) == 1
