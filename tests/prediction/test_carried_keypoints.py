"""Keypoints stay with the box they came with."""

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.carried_keypoints import BoxesWithInstances, CarriedKeypoints
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.results import Instance

PICTURE = np.zeros((20, 30, 3), np.uint8)


def boxes():
    """Two tweezers, told apart by their scores."""
    xyxy, scores = np.array([[0, 0, 9, 9], [5, 5, 14, 14]], np.float32), np.array([0.9, 0.4])
    ones = np.ones(5)
    instances = [
        Instance(2, box, float(score), np.zeros((5, 2)), ones, ones)
        for box, score in zip(xyxy, scores, strict=True)
    ]
    return BoxesWithInstances(xyxy, scores, np.array([2, 2]), tuple(instances))


def test_a_part_keeps_its_keypoints():
    (left,) = boxes().subset(np.array([False, True])).instances
    assert left.bbox_score == 0.4


def test_nothing_is_left_to_estimate():
    (found,) = CarriedKeypoints()([PICTURE], [boxes()])
    assert [instance.bbox_score for instance in found] == [0.9, 0.4]
    assert CarriedKeypoints()([], []) == []


def test_boxes_of_others_are_refused():
    with pytest.raises(InputError, match="--boxes and --det-interval need a pose model"):
        CarriedKeypoints()([PICTURE], [Boxes()])
