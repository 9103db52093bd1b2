import numpy as np
import pytest

from surgtools.metainfo import INSTRUMENTS
from surgtools.prediction.drawing import category_color, draw_instances
from surgtools.prediction.results import Instance
from surgtools.taxonomy import Category, Taxonomy


def instance(size: int, **values) -> Instance:
    keypoints = np.array([[0.5, 0.5], [0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]]) * size
    box = np.array([0.1, 0.1, 0.9, 0.9]) * size
    ones = np.ones(5)
    return Instance(2, box, 0.9, keypoints, ones, ones).changed(**values)


def test_without_instances_the_picture_is_equal_and_new():
    image = np.full((50, 60, 3), 99, np.uint8)
    drawn = draw_instances(image, [])
    assert (drawn == image).all()
    assert drawn is not image


@pytest.mark.parametrize("size", [416, 1080, 2160])
def test_strokes_grow_with_the_picture(size):
    blank = np.zeros((size, size, 3), np.uint8)
    drawn = draw_instances(blank, [instance(size)], names=False)
    # along a row through the middle the skeleton lines leave about the same share everywhere
    share = (drawn[size // 2 + size // 10].any(axis=1)).mean()
    assert 0.003 < share < 0.05


def test_visible_is_filled_and_hidden_hollow():
    blank = np.full((800, 800, 3), 7, np.uint8)
    center = slice(639, 642)
    seen = draw_instances(blank, [instance(800)], names=False, boxes=False)
    hidden = draw_instances(
        blank, [instance(800, keypoint_visible=np.zeros(5))], names=False, boxes=False
    )
    assert (seen[center, center] != 7).all()
    # the middle of the ring shows the line that ends there or the picture, never its color
    ring = seen[640, 640]
    assert (hidden[640, 640] != ring).any()


def test_uncertain_keypoints_and_their_lines_are_left_out():
    blank = np.zeros((400, 400, 3), np.uint8)
    uncertain = instance(400, keypoint_scores=np.zeros(5))
    drawn = draw_instances(blank, [uncertain], boxes=False)
    assert not drawn[60:].any()  # nothing but the caption above the box


def test_instances_partly_or_wholly_outside_do_not_fail():
    blank = np.zeros((40, 30, 3), np.uint8)
    far = instance(400).changed(bbox=np.array([-500.0, -500, -400, 1e6]))
    assert draw_instances(blank, [far, instance(400)]).shape == (40, 30, 3)


def test_categories_have_colors_of_their_own():
    colors = {category_color(i.id) for i in INSTRUMENTS}
    assert len(colors) == len(INSTRUMENTS)
    far_apart = Taxonomy("ids", (Category(1, "first"), Category(7, "second")))
    assert category_color(1, far_apart) != category_color(7, far_apart)


@pytest.mark.parametrize("far", [1e9, 1e300, -1e300])
def test_instances_far_outside_do_not_fail(far):
    image = np.zeros((60, 80, 3), np.uint8)
    box = np.array([0.0, far, 10.0, abs(far)])
    drawn = draw_instances(image, [instance(60, bbox=box), instance(far)], names=True)
    assert drawn.shape == image.shape
