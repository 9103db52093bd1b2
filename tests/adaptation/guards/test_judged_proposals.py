"""What two pairs of networks propose is told apart by place, on either side of each limit."""

import numpy as np
import pytest

from surgtools.adaptation.guards.judged_proposals import has_neighbor
from surgtools.adaptation.labels.proposals import Proposals
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
