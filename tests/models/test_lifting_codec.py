"""The codec of lifters: what is encoded comes back in millimeters."""

import numpy as np
import pytest
from mmpose.registry import KEYPOINT_CODECS

from surgtools.lifting import FEATURES
from surgtools.taxonomy import SURGICAL


@pytest.fixture
def codec():
    return KEYPOINT_CODECS.build({"type": "UnionLifting"})


def sample(category_id=2):
    rng = np.random.default_rng(0)
    slots = SURGICAL.slots_of(category_id)
    target = np.zeros((1, SURGICAL.num_slots, 3), np.float32)
    target[0, slots] = rng.normal(0, 50, (5, 3))
    target[0, slots][0] = 0
    points = target[0, slots] / 1000 + [0.05, 0.02, 0.5]
    keypoints = np.zeros((1, SURGICAL.num_slots, 2), np.float32)
    keypoints[0, slots] = points[:, :2] / points[:, 2:]
    visible = np.zeros((1, SURGICAL.num_slots), np.float32)
    visible[0, slots] = 1
    return dict(
        keypoints=keypoints, keypoints_visible=visible, lifting_target=target,
        lifting_target_visible=visible, category_id=category_id, instrument_length=160.0,
    )  # fmt: skip


def test_decoding_the_target_gives_the_millimeters_back(codec):
    given = sample()
    encoded = codec.encode(**given)
    assert encoded["keypoint_labels"].shape == (FEATURES * SURGICAL.num_slots, 1)
    assert np.abs(encoded["lifting_target_label"]).max() < 2  # lengths of the instrument
    points, scores = codec.decode(encoded["lifting_target_label"], encoded["target_root"][None])
    assert points == pytest.approx(given["lifting_target"], abs=1e-3)
    assert scores.shape == (1, SURGICAL.num_slots)


def test_only_slots_of_the_own_category_are_filled(codec):
    values = codec.encode(**sample(1))["keypoint_labels"].reshape(-1, FEATURES)
    own = np.zeros(SURGICAL.num_slots, bool)
    own[SURGICAL.slots_of(1)] = True
    assert (values[own, 3] == 1).all() and (values[~own] == 0).all()


def test_too_few_keypoints_are_an_error(codec):
    given = sample()
    given["keypoints_visible"] = 0 * given["keypoints_visible"]
    with pytest.raises(ValueError, match="too few"):
        codec.encode(**given)
