"""What a person corrects: the instruments that ``predict`` would report, with all keypoints."""

import numpy as np
import pytest

from surgtools.adaptation.frames.pool import FramePool, PoolFrame
from surgtools.adaptation.labels.pre_annotations import pre_annotate
from surgtools.prediction.results import Instance

POINTS = {
    1: np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)]),
    2: np.array([(50.0, 80), (45, 50), (48, 20), (55, 50), (52, 20)]),
}
"""A needle holder, and tweezers at the same place."""
BOX = np.array([30.0, 10, 70, 90])


def instance(score, category_id=1, shift=0.0, keypoint_score=0.05):
    scores = np.full(5, keypoint_score)
    points = POINTS[category_id] + shift
    return Instance(category_id, BOX + shift, score, points, scores, np.ones(5))


@pytest.fixture
def labels_of(proposals_of):
    """Labels of some frames, from what networks say of all."""

    def annotated(*per_frame, frames):
        pool = [PoolFrame(f"{n}.jpg", 100, 100, "x", "x", n, "x") for n in range(len(per_frame))]
        return pre_annotate(FramePool("x", pool), proposals_of(per_frame), frames)

    return annotated


def test_the_surest_of_a_place_is_there_with_all_keypoints(labels_of):
    """Two categories at one place: the surer one stays, though its keypoints are unsure."""
    builder = labels_of([instance(0.9), instance(0.6, 2)], frames=[0])
    (row,) = builder.annotations
    assert row["category_id"] == 1 and row["num_keypoints"] == 5
    assert row["bbox"] == [30, 10, 40, 80] and row["score"] == 0.9
    assert not {"statistics", "keypoint_weights"} & set(row)


def test_weak_ones_are_left_out_and_empty_pictures_stay(labels_of):
    builder = labels_of([instance(0.2)], [], [instance(0.9)], frames=[1, 0])
    assert [image["file_name"] for image in builder.images] == ["1.jpg", "0.jpg"]
    assert builder.annotations == []


def test_a_keypoint_outside_of_the_picture_has_no_label(labels_of):
    (row,) = labels_of([instance(0.9, shift=25.0)], frames=[0]).annotations
    assert row["num_keypoints"] == 3  # two of five lie at y = 105
