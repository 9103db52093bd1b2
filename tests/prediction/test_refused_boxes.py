"""What presence refused in a video is not looked at again while it shows the same."""

import numpy as np
import pytest

from surgtools.prediction.estimators import Boxes
from surgtools.prediction.refused_boxes import CELLS, RefusedBoxes, cells_of

BOXES = Boxes(
    np.array([[20, 20, 120, 70.0], [150, 60, 290, 200.0]]), np.array([0.5, 0.4]), np.array([1, 2])
)


@pytest.fixture
def image():
    """A grey picture with soft noise, as a video has."""
    noise = np.random.default_rng(0).normal(0, 6, (240, 320, 3))
    return np.clip(90 + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def memory(image):
    """It has seen one frame: the first box was refused, the second one reported."""
    memory = RefusedBoxes(0.4, every=4)
    assert memory.worth_a_look(image, BOXES).all(), "nothing is known of the first frame"
    memory.learn(image, BOXES, np.array([0.1, 0.9]))
    return memory


def test_a_refused_box_is_left_out_and_looked_at_again_after_some_frames(memory, image):
    seen = [memory.worth_a_look(image, BOXES).tolist() for _ in range(4)]
    assert seen == [[False, True]] * 3 + [[True, True]]


def test_other_noise_is_no_change(memory, image):
    other = np.random.default_rng(1).normal(0, 6, image.shape)
    frame = np.clip(90 + other, 0, 255).astype(np.uint8)
    assert memory.worth_a_look(frame, BOXES).tolist() == [False, True]


def test_what_comes_into_the_box_is_looked_at(memory, image):
    frame = image.copy()
    frame[40:46, 20:60] = 200  # a thin bright piece
    assert memory.worth_a_look(frame, BOXES).all()


def test_another_place_or_category_is_another_box(memory, image):
    moved = Boxes(BOXES.xyxy + 40, BOXES.scores, BOXES.category_ids)
    assert memory.worth_a_look(image, moved).all()
    renamed = Boxes(BOXES.xyxy, BOXES.scores, np.array([2, 2]))
    assert memory.worth_a_look(image, renamed).all()
    nearly = Boxes(BOXES.xyxy + 5, BOXES.scores, BOXES.category_ids)
    assert memory.worth_a_look(image, nearly).tolist() == [False, True]


def test_what_is_only_just_not_reported_is_not_refused(image):
    memory = RefusedBoxes(0.4)
    memory.worth_a_look(image, BOXES)
    memory.learn(image, BOXES, np.array([0.39, 0.21]))
    assert memory.worth_a_look(image, BOXES).all()


def test_frames_and_boxes_may_be_empty(memory, image):
    assert memory.worth_a_look(image, Boxes()).tolist() == []
    memory.learn(image, Boxes(), np.zeros(0))
    outside = cells_of(image, np.array([-50, -50, -10, -10.0]))
    assert outside.shape == (CELLS, CELLS) and not outside.any()
