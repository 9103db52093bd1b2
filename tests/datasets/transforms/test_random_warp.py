"""Boxes stay tight when the picture is turned."""

import cv2
import numpy as np
import pytest

from surgtools.datasets.transforms import RandomWarp
from surgtools.datasets.transforms.random_warp import (
    warp_box,
    warp_keypoints,
    warp_region,
    warp_space,
)
from surgtools.taxonomy import SURGICAL

NUM_SLOTS, FLIP = SURGICAL.num_slots, SURGICAL.union_flip_indices


def thin_bar():
    """A bar from (20, 100) to (180, 100), 8 pixels wide, as the dataset describes it."""
    image = np.zeros((200, 200, 3), np.uint8)
    image[96:104, 20:181] = 255
    x = np.linspace(20, 180, 50)
    outline = np.concatenate([np.stack([x, np.full(50, y)], axis=1) for y in (96, 103)])
    instance = {"bbox": [20, 96, 181, 104], "bbox_label": 1, "ignore_flag": 0}
    keypoints = np.zeros((NUM_SLOTS, 3), np.float32)
    keypoints[5:8] = (20, 100, 2), (100, 96, 1), (180, 96, 2)  # handle_end, left_arm, left_tip
    keypoints[8:10] = (100, 104, 2), (180, 104, 0)  # right_arm, right_tip
    return image, instance | {"outline": outline.astype(np.float32), "keypoints": keypoints}


def drawn_box(image):
    y, x = np.nonzero(image.max(axis=2) > 127)
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])


def turn(degrees):
    matrix = cv2.getRotationMatrix2D((99.5, 99.5), degrees, 1.0)
    return np.vstack([matrix, [0, 0, 1]])


@pytest.mark.parametrize("degrees", [0, 30, 45, 77, 90, 160])
def test_turned_box_is_that_of_the_pixels(degrees):
    image, instance = thin_bar()
    warped = cv2.warpPerspective(image, turn(degrees), (200, 200))
    box = warp_box(instance, turn(degrees), (200, 200), 0.25)
    np.testing.assert_allclose(box, drawn_box(warped), atol=1.5)


def test_turned_corners_would_be_larger():
    """Why outlines exist: half turned, the corners' box of a bar with a thick box is too big."""
    _, instance = thin_bar()
    loose = instance | {"bbox": [20, 60, 181, 140], "outline": np.zeros((0, 2), np.float32)}
    tight = warp_box(instance, turn(45), (200, 200), 0.25)
    wide = warp_box(loose, turn(45), (200, 200), 0.25)
    assert np.prod(tight[2:] - tight[:2]) < 0.7 * np.prod(wide[2:] - wide[:2])


def test_a_region_to_ignore_is_never_too_small():
    _, instance = thin_bar()
    corners = warp_region(instance, turn(45), (200, 200), 0.25)
    tight = warp_box(instance, turn(45), (200, 200), 0.25)
    assert (corners[:2] <= tight[:2]).all() and (corners[2:] >= tight[2:]).all()
    shift = np.array([[1.0, 0, 170], [0, 1, 0], [0, 0, 1]])  # a tenth is left in the picture
    np.testing.assert_allclose(warp_region(instance, shift, (200, 200), 0.25), (190, 96, 200, 104))
    assert warp_box(instance, shift, (200, 200), 0.25) is None
    shift[0, 2] = 179
    assert warp_region(instance, shift, (200, 200), 0.25) is None


def test_a_box_is_never_larger_than_its_turned_corners():
    _, instance = thin_bar()
    wide = instance | {"outline": np.array([[0, 90], [199, 110]], np.float32)}
    np.testing.assert_allclose(warp_box(wide, np.eye(3), (200, 200), 0.25), (20, 96, 181, 104))


def test_instances_that_left_the_picture_are_dropped():
    _, instance = thin_bar()
    away = np.array([[1.0, 0, 150], [0, 1, 0], [0, 0, 1]])
    assert warp_box(instance, away, (200, 200), 0.25) is None
    box = warp_box(instance, away, (200, 200), 0.1)
    assert box[2] <= 200


def test_transform_keeps_boxes_and_labels_in_step():
    np.random.seed(3)
    image, instance = thin_bar()
    warp = RandomWarp(size=(160, 160), shift=0.0, tilt=0.05, scale=(0.6, 0.9))
    for _ in range(20):
        results = warp({"img": image, "instances": [instance]})
        assert results["img"].shape == (160, 160, 3)
        assert results["gt_bboxes_labels"].tolist() == [1]
        drawn = (cv2.absdiff(results["img"], results["img"][0, 0]).max(axis=2) > 0).sum()
        assert drawn > 0
        box = results["gt_bboxes"].tensor.numpy()[0]
        assert (box[:2] >= 0).all() and (box[2:] <= 160).all()


def test_keypoints_move_with_the_picture():
    keypoints = thin_bar()[1]["keypoints"]
    # half the size, 10 to the right
    matrix = np.array([[0.5, 0, 10], [0, 0.5, 0], [0, 0, 1]])
    warped = warp_keypoints(keypoints, matrix, (200, 200), FLIP)
    assert warped[5:8].tolist() == [[20, 50, 2], [60, 48, 1], [100, 48, 2]]
    assert (warped[[*range(5), 9]] == 0).all()  # foreign slots and what has no label


def test_keypoints_that_left_the_picture_have_no_label():
    warped = warp_keypoints(thin_bar()[1]["keypoints"], np.eye(3), (150, 200), FLIP)
    assert warped[5:9, 2].tolist() == [2, 1, 0, 2]


def test_mirrored_keypoints_swap_their_sides():
    keypoints = thin_bar()[1]["keypoints"]
    mirror = np.array([[-1.0, 0, 199], [0, 1, 0], [0, 0, 1]])
    once = warp_keypoints(keypoints, mirror, (200, 200), FLIP)
    assert once[6].tolist() == [99, 104, 2]  # left_arm is where right_arm was
    assert once[8].tolist() == [99, 96, 1]
    twice = warp_keypoints(once, mirror, (200, 200), FLIP)
    np.testing.assert_array_equal(twice[5:9], keypoints[5:9])


def test_empty_pictures_stay_empty():
    results = RandomWarp(size=(64, 64))({"img": np.zeros((50, 80, 3), np.uint8), "instances": []})
    assert len(results["gt_bboxes"]) == 0
    assert results["gt_bboxes"].tensor.shape == (0, 4)
    assert results["gt_keypoints"].shape == (0, NUM_SLOTS, 3)


@pytest.mark.parametrize("count", [0, 2])
def test_boxes_are_warped_where_no_category_has_keypoints(count):
    image, instance = thin_bar()
    bare = instance | {
        "keypoints": np.zeros((0, 3), np.float32),
        "keypoint_weights": np.zeros(0, np.float32),
        "keypoints_3d": np.zeros((0, 4), np.float32),
    }
    warp = RandomWarp(size=(200, 200), prob=0.0, flip_prob=0.0)
    results = warp.transform({"img": image, "instances": [bare] * count, "flip_indices": []})
    assert results["gt_bboxes"].tensor.tolist() == [[20, 96, 180, 103]] * count
    assert results["gt_keypoints"].shape == (count, 0, 3)
    assert results["gt_keypoint_weights"].shape == (count, 0)
    assert results["gt_keypoints_3d"].shape == (count, 0, 4)


def test_layers_are_transparent_outside():
    layer = np.full((50, 50, 4), 255, np.uint8)
    np.random.seed(0)
    warp = RandomWarp(size=(100, 100), scale=(0.3, 0.4), prob=1.0)
    warped = warp({"img": layer, "instances": []})["img"]
    assert warped[0, 0].tolist() == [0, 0, 0, 0]
    assert (warped[..., 3] == 255).any()


def test_a_shrunk_picture_stays_where_its_labels_are():
    """Blurring before shrinking moves the pixels by half a pixel, and the warp takes that back."""
    image = np.zeros((200, 200, 3), np.uint8)
    image[80:121, 40:81] = 255  # centered on (60, 100)
    warp = RandomWarp(size=(100, 100), prob=0.0, flip_prob=0.0)
    shrunk = warp.transform({"img": image, "instances": []})["img"][..., 0].astype(float)
    y, x = np.mgrid[:100, :100]
    center = [(shrunk * axis).sum() / shrunk.sum() for axis in (x, y)]
    np.testing.assert_allclose(center, [(60 + 0.5) / 2 - 0.5, (100 + 0.5) / 2 - 0.5], atol=0.03)


def in_space():
    """(K, 4) of a pair of tweezers, not all of it at one depth."""
    places = np.zeros((NUM_SLOTS, 4), np.float32)
    places[5:] = [(0.1, 0, 0.5, 1), (0, 0.02, 0.4, 1), (-0.1, 0.01, 0.4, 1), (0, -0.02, 0.5, 1),
                  (-0.1, -0.01, 0.5, 1)]  # fmt: skip
    return places


def test_a_mirrored_picture_mirrors_x_and_sides_in_space():
    places, box = in_space(), [20, 40, 180, 104]
    mirror = np.array([[-1.0, 0, 199], [0, 1, 0], [0, 0, 1]])
    seen = warp_space(places, mirror, box, FLIP)
    np.testing.assert_allclose(seen, (places * (-1, 1, 1, 1))[FLIP], atol=1e-6)
    np.testing.assert_allclose(warp_space(seen, mirror, box, FLIP), places, atol=1e-6)


def test_space_turns_with_the_picture_and_keeps_its_lengths():
    """A quarter turn counterclockwise on the screen: what points right then points up."""
    places, box = in_space(), [20, 40, 180, 104]
    quarter = warp_space(places, turn(90), box, FLIP)
    expected = np.column_stack([places[:, 1], -places[:, 0], places[:, 2:]])
    np.testing.assert_allclose(quarter, expected, atol=1e-5)
    wide = np.diag([0.5, 0.5, 1.0]) @ turn(30)
    np.testing.assert_allclose(
        np.linalg.norm(warp_space(places, wide, box, FLIP)[:, :2], axis=1),
        np.linalg.norm(places[:, :2], axis=1),
        atol=1e-5,
    )
    turned = cv2.perspectiveTransform(np.array([[[0.0, 0], [1.0, 0]]]), wide)[0]
    direction = (turned[1] - turned[0]) / np.linalg.norm(turned[1] - turned[0])
    right = np.zeros((NUM_SLOTS, 4), np.float32)
    right[:, 0] = 1
    np.testing.assert_allclose(warp_space(right, wide, box, FLIP)[0, :2], direction, atol=1e-4)


def test_what_is_not_known_stays_so():
    image, instance = thin_bar()
    warp = RandomWarp((200, 200), prob=0, flip_prob=0)
    results = {"img": image, "instances": [instance]}
    assert warp.transform(results)["gt_keypoints_3d"].shape == (1, NUM_SLOTS, 4)
    assert (results["gt_keypoints_3d"] == 0).all()
    known = warp.transform({"img": image, "instances": [instance | {"keypoints_3d": in_space()}]})
    np.testing.assert_allclose(known["gt_keypoints_3d"][0], in_space(), atol=1e-6)
