"""How far a pair came with an instrument is told from candidates and from what is reported."""

import numpy as np
import pytest

from benchmarks.missed_instruments import Labelled, annotations_of, points_of, state_of
from surgtools.prediction.results import Instance

TIPS = np.array([[100.0, 100.0], [120.0, 100.0]])
HOLDER = Labelled(1, TIPS, 10.0)


def instance(category_id, score, shift=0.0, turned=False):
    keypoints = np.zeros((5, 2))
    keypoints[[2, 4]] = (TIPS[::-1] if turned else TIPS) + shift
    return Instance(
        category_id, np.array([0, 0, 200, 200.0]), score, keypoints, np.ones(5), np.ones(5)
    )


@pytest.mark.parametrize(
    ("candidates", "reported", "state", "best"),
    [
        ([instance(1, 0.6, turned=True)], [instance(1, 0.6, turned=True)], "found", 0.6),
        ([instance(1, 0.6)], [instance(1, 0.9, shift=50)], "crowded out", 0.6),
        ([instance(1, 0.2), instance(2, 0.6)], [instance(2, 0.6)], "refused", 0.2),
        ([instance(2, 0.6)], [instance(2, 0.6)], "misnamed", 0.6),
        ([instance(1, 0.6, shift=50)], [instance(1, 0.6, shift=50)], "not proposed", None),
        ([], [], "not proposed", None),
    ],
)
def test_an_instrument_is_in_one_state(candidates, reported, state, best):
    assert state_of(HOLDER, candidates, reported) == (state, best)


def test_tips_of_annotations_are_those_that_are_labelled():
    keypoints = [0, 0, 0] * 5
    whole = [10, 10, 2] * 5
    rows = [
        {"image_id": 7, "category_id": 1, "bbox": [0, 0, 30, 40], "keypoints": own}
        for own in (keypoints, whole)
    ]
    content = {"images": [{"id": 7, "file_name": "images/a.jpg"}], "annotations": rows}
    (found,) = annotations_of(content)["a"]
    assert (found.category_id, found.reach) == (1, 5.0)
    assert found.tips.tolist() == [[10, 10], [10, 10]]


def test_the_two_points_that_lie_closest_are_the_tips():
    points = [[0, 0], [500, 500], [10, 0]]
    content = {"frames": {"a_overlay.png": {"tweezers": points, "scissors": points}}}
    (found,) = points_of(content)["a"]
    assert found.category_id == 2 and found.tips.tolist() == [[0, 0], [10, 0]]
