"""A crop seen aslant keeps its keypoints on what they mark."""

import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import TopdownAffine

from surgtools.datasets.transforms import RandomPerspective
from surgtools.datasets.transforms.random_perspective import sample_perspective
from surgtools.errors import InputError

DOTS = np.array([[130.0, 90], [180, 95], [110, 140], [175, 150]], np.float32)


def layer_with_dots():
    """(240, 320, 4), alpha 1 beside the dots as ``read_premultiplied_layer`` has it."""
    layer = np.zeros((240, 320, 4), np.uint8)
    layer[..., 3] = 1
    for x, y in DOTS.astype(int).tolist():
        cv2.circle(layer, (x, y), 5, (200, 200, 200, 255), cv2.FILLED)
    return layer


def sample(img, rotation=30.0):
    return {
        "img": img,
        "bbox_center": np.array([[145.0, 120]], np.float32),
        "bbox_scale": np.array([[140.0, 140]], np.float32),
        "bbox_rotation": np.array([rotation], np.float32),
        "keypoints": DOTS[None].copy(),
        "keypoints_visible": np.ones((1, 4), np.float32),
    }


def dot_centers(mask):
    """(n, 2) centers of the blobs of a mask (H, W)."""
    return cv2.connectedComponentsWithStats(mask.astype(np.uint8))[3][1:]


@pytest.mark.parametrize("use_udp", [False, True])
@pytest.mark.parametrize("size", [(256, 256), (288, 384)])
def test_dots_land_on_their_keypoints_in_color_and_alpha(size, use_udp):
    np.random.seed(0)
    transform = RandomPerspective(size, use_udp, prob=1.0)
    plain = TopdownAffine(size, use_udp)(sample(layer_with_dots()))["transformed_keypoints"]
    moved = []
    for _ in range(50):
        results = transform(sample(layer_with_dots()))
        keypoints = results["transformed_keypoints"]
        moved.append(np.abs(keypoints - plain).max())
        inside = ((keypoints[0] > 15) & (keypoints[0] < np.array(size) - 15)).all(axis=1)
        assert inside.sum() >= 3
        for pixels in (results["img"][..., 0] > 100, results["img"][..., 3] > 128):
            centers = dot_centers(pixels)
            for keypoint in keypoints[0][inside]:
                assert np.linalg.norm(centers - keypoint, axis=1).min() < 1
    assert np.median(moved) > 5


def test_corners_move_by_the_strength_at_most():
    rng = np.random.default_rng(0)
    corners = np.array([[[0, 0], [200, 0], [200, 100], [0, 100]]], np.float32)
    moves = [
        (cv2.perspectiveTransform(corners, sample_perspective((200, 100), 0.1, rng)) - corners)[0]
        for _ in range(100)
    ]
    np.testing.assert_allclose(np.abs(moves).max(axis=(0, 1)), (20, 10), rtol=0.1)
    assert (np.abs(moves) < (20.01, 10.01)).all()


def test_without_chance_or_strength_the_crop_is_the_hosts():
    host = TopdownAffine((256, 256))(sample(layer_with_dots()))
    never = RandomPerspective((256, 256), prob=0.0)(sample(layer_with_dots()))
    assert never.keys() == host.keys()
    for key, value in host.items():
        np.testing.assert_array_equal(never[key], value)
    still = RandomPerspective((256, 256), prob=1.0, strength=0.0)(sample(layer_with_dots()))
    np.testing.assert_allclose(
        still["transformed_keypoints"], host["transformed_keypoints"], atol=1e-3
    )
    assert cv2.absdiff(still["img"], host["img"]).mean() < 0.1


def test_half_of_the_crops_are_changed():
    np.random.seed(0)
    transform = RandomPerspective((64, 64))
    host = TopdownAffine((64, 64))(sample(layer_with_dots()))["img"]
    changed = [(transform(sample(layer_with_dots()))["img"] != host).any() for _ in range(200)]
    assert 80 < sum(changed) < 120


def test_same_seed_same_crop():
    transform = RandomPerspective((256, 256), prob=1.0)
    crops = []
    for seed in (3, 3, 4):
        np.random.seed(seed)
        crops.append(transform(sample(layer_with_dots())))
    for key in ("img", "transformed_keypoints"):
        np.testing.assert_array_equal(crops[0][key], crops[1][key])
        assert (crops[0][key] != crops[2][key]).any()


def test_no_black_edge_where_the_picture_goes_on():
    """A second warp of the finished crop would move in what it never saw."""
    np.random.seed(0)
    transform = RandomPerspective((128, 128), prob=1.0)
    white = np.full((240, 320, 3), 255, np.uint8)
    assert all((transform(sample(white))["img"] == 255).all() for _ in range(30))


def test_outside_of_the_picture_is_zero_in_every_channel():
    np.random.seed(0)
    layer = np.full((240, 320, 4), 255, np.uint8)
    far = sample(layer) | {"bbox_center": np.array([[0.0, 0]], np.float32)}
    crop = RandomPerspective((128, 128), prob=1.0)(far)["img"]
    outside = (crop == 0).all(axis=2)
    assert 0.6 < outside.mean() < 0.9 and (outside == (crop[..., 3] == 0)).all()


def test_a_strength_that_could_fold_the_crop():
    with pytest.raises(InputError, match="strength 0.25 given; from 0 to below 0.25 expected"):
        RandomPerspective((128, 128), strength=0.25)
