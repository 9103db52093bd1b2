"""Annotations become instances; hidden is told from visible, broken ones are left out."""

import numpy as np
import pytest

from surgtools.cli.data.drawing import draw_annotations, draw_small, to_instance

ANNOTATION = {
    "category_id": 2,
    "bbox": [10, 20, 30, 40],
    "keypoints": [12, 22, 2, 14, 40, 1, 0, 0, 0, 30, 40, 2, 35, 55, 2],
    "track_id": 3,
}


def test_visibility_becomes_scores():
    instance = to_instance(ANNOTATION)
    assert instance.bbox.tolist() == [10, 20, 40, 60]
    assert instance.keypoint_scores.tolist() == [1, 1, 0, 1, 1]
    assert instance.keypoint_visible.tolist() == [1, 0, 0, 1, 1]
    assert instance.track_id == 3


@pytest.mark.parametrize(
    "change",
    [
        {"category_id": 9},
        {"category_id": None},
        {"keypoints": [1, 2]},
        {"keypoints": None},
        {"bbox": [1, 2, 3]},
        {"bbox": ["a"] * 4},
        {"keypoints": [float("nan")] * 15},
    ],
)
def test_broken_annotations_are_left_out(change):
    assert to_instance({**ANNOTATION, **change}) is None
    black = np.zeros((80, 80, 3), np.uint8)
    assert not draw_annotations(black, [{**ANNOTATION, **change}]).any()


def test_small_pictures_are_shrunk_before_drawing():
    drawn = draw_small(np.zeros((600, 800, 3), np.uint8), [ANNOTATION], side=400)
    assert drawn.shape == (300, 400, 3)
    rows, columns = np.nonzero(drawn.any(axis=2))
    assert columns.max() < 200 and rows.max() < 100


@pytest.mark.parametrize("score", [None, [], "x", float("nan")], ids=repr)
def test_a_score_that_is_none_does_not_stop_the_drawing(score):
    keypoints = [30, 24, 2, 20, 40, 2, 27, 8, 1, 40, 40, 2, 33, 8, 2]
    row = {"category_id": 1, "bbox": [18, 4, 26, 42], "keypoints": keypoints, "score": score}
    picture = draw_annotations(np.zeros((48, 64, 3), np.uint8), [row])
    assert picture.shape == (48, 64, 3)
