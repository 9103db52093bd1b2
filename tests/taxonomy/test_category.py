"""A category refuses parts that contradict each other, and orders sides by the image."""

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.taxonomy import Category

GRASPER = {
    "id": 4,
    "name": "grasper",
    "keypoints": ("shaft", "left_jaw", "right_jaw"),
    "swaps": (("left_jaw", "right_jaw"),),
    "skeleton": (("shaft", "left_jaw"), ("shaft", "right_jaw")),
    "base": ("shaft",),
    "tips": ("left_jaw", "right_jaw"),
    "image_sides": True,
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": -1}, "id -1 is no whole number"),
        ({"id": True}, "id True is no whole number"),
        ({"name": " "}, "the name is empty"),
        ({"keypoints": ("shaft", "left_jaw", "right_jaw", "shaft")}, "'shaft' is there twice"),
        ({"keypoints": ("shaft", "left_jaw", 7)}, "keypoint name 7 is no text"),
        ({"skeleton": (("shaft", "hinge"),)}, "skeleton names keypoint 'hinge'"),
        ({"skeleton": (("shaft", "shaft"),)}, "'shaft' is paired with itself"),
        ({"skeleton": (("shaft",),)}, "is no pair"),
        ({"swaps": (("left_jaw", "left_jaw"),)}, "'left_jaw' is paired with itself"),
        ({"swaps": (("left_jaw", "right_tip"),)}, "names keypoint 'right_tip'"),
        (
            {"swaps": (("left_jaw", "right_jaw"), ("left_jaw", "shaft"))},
            "'left_jaw' stands in two left/right pairs",
        ),
        ({"sigmas": (0.05, 0.05)}, "2 sigmas for 3 keypoints"),
        ({"sigmas": (0.05, 0.05, 0.0)}, "sigma 0.0 is no number above 0"),
        ({"sigmas": (0.05, 0.05, float("nan"))}, "sigma nan is no number above 0"),
        ({"base": ()}, "an axis needs both base and tips"),
        ({"base": (), "tips": ()}, "sides that follow the image need an axis"),
        ({"tips": ("end",)}, "tips names keypoint 'end'"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        Category(**GRASPER | change)


def test_a_category_of_a_box_only_needs_no_keypoints():
    tray = Category(id=0, name="tray")
    assert (tray.num_keypoints, tray.sigmas, tray.has_axis) == (0, (), False)
    assert tray.to_category()["keypoints"] == []


def test_the_pivot_is_the_one_keypoint_without_a_partner():
    assert Category(1, "jaws", ("a", "left", "right"), (("left", "right"),)).pivot == 0
    assert Category(1, "bar", ("a", "b")).pivot is None
    assert Category(1, "box").pivot is None


def test_sides_follow_the_image_where_the_category_says_so():
    # Base (0, 10), tips around (0, 0): points up, so the jaw at x = +2 is the viewer's right.
    crossed = np.array([(0, 10), (2, 0), (-2, 0)])
    assert Category(**GRASPER).order_sides(crossed).tolist() == [0, 2, 1]
    body = Category(**GRASPER | {"image_sides": False})
    assert body.order_sides(crossed).tolist() == [0, 1, 2]


def test_the_axis_ends_in_the_means_of_base_and_tips():
    keypoints = np.array([[(0, 10), (2, 0), (-2, 4)], [(1, 1), (3, 5), (5, 7)]])
    base, tips = Category(**GRASPER).axis_ends(keypoints)
    assert base.tolist() == [[0, 10], [1, 1]] and tips.tolist() == [[0, 2], [4, 6]]


def test_offsets_are_pixels_to_the_right_of_the_axis():
    offsets = Category(**GRASPER).side_offsets(np.array([(0, 10), (2, 0), (-2, 0)]))
    assert offsets.tolist() == [0, 2, -2]


def test_the_coco_row_counts_bones_from_one():
    assert Category(**GRASPER).to_category()["skeleton"] == [[1, 2], [1, 3]]
