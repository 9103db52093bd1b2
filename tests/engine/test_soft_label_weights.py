"""Soft weights reach the slots they belong to, also after a flip."""

import numpy as np

from surgtools.engine.soft_label_weights import SoftLabelWeights
from surgtools.metainfo import union_flip_indices

OWN = [1.0, 0.8, 0.6, 0.4, 0.2]


def results(flip=False, own=OWN):
    annotation = {"category_id": 2}
    if own is not None:
        annotation["keypoint_weights"] = own
    return {
        "keypoint_weights": np.array([[0.0] * 5 + [1, 1, 1, 1, 0]]),
        "raw_ann_info": annotation,
        "flip": flip,
        "flip_indices": union_flip_indices(),
    }


def test_weights_multiply_in_own_slots():
    weights = SoftLabelWeights()(results())["keypoint_weights"]
    np.testing.assert_allclose(weights, [[0] * 5 + [1.0, 0.8, 0.6, 0.4, 0]])


def test_left_and_right_trade_weights_when_flipped():
    weights = SoftLabelWeights()(results(flip=True))["keypoint_weights"]
    np.testing.assert_allclose(weights, [[0] * 5 + [1.0, 0.4, 0.2, 0.8, 0]])


def test_labels_without_weights_count_in_full():
    weights = SoftLabelWeights()(results(own=None))["keypoint_weights"]
    np.testing.assert_allclose(weights, [[0] * 5 + [1, 1, 1, 1, 0]])
    assert SoftLabelWeights()({"keypoint_weights": 1, "raw_ann_info": None}) is not None
