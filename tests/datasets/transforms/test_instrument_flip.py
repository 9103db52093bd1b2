"""A mirrored picture swaps left and right, in every per-keypoint array."""

import numpy as np
import pytest

from surgtools.datasets.transforms import InstrumentFlip
from surgtools.metainfo import slots_of, to_union, union_flip_indices
from surgtools.taxonomy import COCO_PERSON

HOLDER = np.array([[50, 60, 2], [20, 90, 1], [45, 10, 2], [80, 92, 2], [55, 12, 0]], float)


@pytest.fixture
def sample():
    union = to_union(HOLDER[None], 1)
    return {
        "img": np.arange(100 * 100 * 3, dtype=np.uint8).reshape(100, 100, 3),
        "img_shape": (100, 100),
        "bbox": np.array([[15.0, 5, 85, 97]]),
        "bbox_center": np.array([[50.0, 51]]),
        "keypoints": union[..., :2],
        "keypoints_visible": (union[..., 2] > 0).astype(float),
        "keypoints_visibility": union[..., 2],
        "flip_indices": union_flip_indices(),
    }


def copy(sample):
    return {key: np.copy(v) if isinstance(v, np.ndarray) else v for key, v in sample.items()}


def test_sides_swap_with_their_visibility(sample):
    flipped = InstrumentFlip(prob=1.0)(copy(sample))
    own = flipped["keypoints"][0, slots_of(1)]
    # joint mirrors in place; the old right handle at x = 80 is the new left one at 99 - 80
    assert own[0].tolist() == [49, 60]
    assert own[1].tolist() == [19, 92]
    assert own[3].tolist() == [79, 90]
    assert flipped["keypoints_visibility"][0, slots_of(1)].tolist() == [2, 2, 0, 1, 2]
    assert flipped["keypoints_visible"][0, slots_of(1)].tolist() == [1, 1, 0, 1, 1]


def test_flip_twice_is_the_identity(sample):
    flip = InstrumentFlip(prob=1.0)
    twice = flip(flip(copy(sample)))
    labelled = sample["keypoints_visible"] > 0
    for key in ("img", "keypoints_visible", "keypoints_visibility"):
        np.testing.assert_array_equal(twice[key], sample[key])
    np.testing.assert_array_equal(twice["keypoints"][labelled], sample["keypoints"][labelled])


def test_without_flip_nothing_moves(sample):
    kept = InstrumentFlip(prob=0.0)(copy(sample))
    np.testing.assert_array_equal(kept["keypoints_visibility"], sample["keypoints_visibility"])


def test_a_mirrored_person_has_its_left_hand_on_the_other_side(sample):
    """What was the left wrist at x = 70 is, in the mirror, a right wrist at 99 - 70."""
    person = COCO_PERSON.categories[0]
    left, right = person.index("left_wrist"), person.index("right_wrist")
    keypoints = np.full((1, 17, 2), 50.0)
    keypoints[0, left], keypoints[0, right] = (70, 40), (20, 45)
    visibility = np.full((1, 17), 2.0)
    visibility[0, right] = 1
    sample |= {
        "keypoints": keypoints,
        "keypoints_visible": np.ones((1, 17)),
        "keypoints_visibility": visibility,
        "flip_indices": COCO_PERSON.union_flip_indices,
    }
    flipped = InstrumentFlip(prob=1.0)(sample)
    assert flipped["keypoints"][0, right].tolist() == [29, 40]
    assert flipped["keypoints"][0, left].tolist() == [79, 45]
    assert flipped["keypoints_visibility"][0, [left, right]].tolist() == [1, 2]
