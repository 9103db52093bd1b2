"""Labels: boxes, visibility and sides, by hand-computed numbers."""

import numpy as np

from data_gen.camera import centered_camera
from data_gen.labels import (
    box_inside,
    is_inside,
    label_distractors,
    label_keypoints,
    share_inside,
    to_frame,
)
from surgtools.taxonomy import SURGICAL

LINES = np.array([[0, 1], [1, 2]])


def test_a_box_is_tight_around_what_lies_in_the_picture():
    pixels = np.array([[10.0, 20.0], [30.0, 5.0], [90.0, 40.0]])
    assert box_inside(pixels, LINES, 100, 80).tolist() == [10, 5, 80, 35]
    # From (30, 5) the second line leaves through the bottom at y = 79, where x = 30 + 37 / 2.
    pixels[2] = (80.0, 205.0)
    np.testing.assert_allclose(box_inside(pixels, LINES, 100, 80), [10, 5, 38.5, 74])
    # The corner of the box of the whole, clipped, would be (80, 79).
    assert box_inside(pixels - (0, 300), LINES, 100, 80).tolist() == [0, 0, 0, 0]


def test_lines_along_a_border_and_through_the_whole_picture():
    upright = np.array([[40.0, -50.0], [40.0, 300.0], [40.0, 301.0]])
    assert box_inside(upright, LINES, 100, 80).tolist() == [40, 0, 0, 79]
    beside = upright + (200, 0)
    assert box_inside(beside, LINES, 100, 80).tolist() == [0, 0, 0, 0]
    passes_by = np.array([[-20.0, 10.0], [10.0, -20.0], [12.0, -20.0]])
    assert box_inside(passes_by, LINES, 100, 80).tolist() == [0, 0, 0, 0]


def test_share_inside_is_of_the_clipped_box():
    pixels = np.array([[-10.0, 20.0], [30.0, 5.0], [120.0, 40.0]])
    # 130 x 35 before, 99 x 35 after
    assert share_inside(pixels, 100, 80) == np.float64(99 / 130)


def test_the_picture_reaches_half_a_pixel_beyond_its_outer_pixel_centers():
    pixels = np.array([[-0.5, 0.0], [-0.51, 0.0], [99.49, 79.49], [99.5, 0.0]])
    assert is_inside(pixels, 100, 80).tolist() == [True, False, True, False]


def test_keypoints_are_ordered_by_image_side_and_marked_by_visibility():
    camera = centered_camera(101, 101, 100.0)
    # Tweezers pointing up; the metal's left arm appears on the right.
    points = np.array(
        [[0, 0.4, 1], [0.1, 0.1, 1], [0.05, -0.3, 1], [-0.1, 0.1, 1], [-0.05, -0.6, 1]]
    )
    seen = np.array([True, False, True, True, True])
    keypoints, order = label_keypoints(points, seen, SURGICAL.get(2), camera)
    assert order.tolist() == [0, 3, 4, 1, 2]
    assert keypoints.tolist() == [
        [50, 90, 2],
        [40, 60, 2],  # left arm: the metal's right one
        [0, 0, 0],  # left tip lies above the picture
        [60, 60, 1],  # right arm is hidden
        [55, 20, 2],
    ]


def test_a_frame_rotates_before_it_moves():
    matrix = np.eye(4)
    matrix[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    matrix[:3, 3] = [10, 0, 0]
    assert to_frame(matrix, np.array([[1.0, 0, 0]])).tolist() == [[10, 1, 0]]


def test_other_things_get_the_box_of_what_shows_of_them():
    index = np.zeros((8, 10), np.int32)
    index[1:4, 2:9] = 3
    index[2, 4:6] = 1  # an instrument on top
    index[7, 9] = 4
    kinds = {3: "scissors", 4: "card", 5: "coin"}  # the coin is hidden
    assert label_distractors(index, kinds) == [
        {"name": "scissors", "bbox": [2, 1, 6, 2]},
        {"name": "card", "bbox": [9, 7, 0, 0]},
    ]
    assert label_distractors(index, {}) == []
