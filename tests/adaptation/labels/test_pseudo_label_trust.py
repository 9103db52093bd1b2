"""What a pseudo-label teaches: keypoints as far as its teacher was sure, presence never."""

import numpy as np

from surgtools.adaptation.labels.pseudo_label_trust import PseudoLabelTrust
from surgtools.metainfo import union_flip_indices

OWN = [1.0, 0.8, 0.6, 0.4, 0.2]
FULL = [[0.0] * 5 + [1, 1, 1, 1, 0]]


def results(flip=False, **annotation):
    return {
        "keypoint_weights": np.array(FULL),
        "presence_labels": np.array([[0.0, 1.0]]),
        "raw_ann_info": {"category_id": 2, **annotation},
        "flip": flip,
        "flip_indices": union_flip_indices(),
    }


def test_weights_multiply_in_own_slots():
    weights = PseudoLabelTrust()(results(score=0.7, keypoint_weights=OWN))["keypoint_weights"]
    np.testing.assert_allclose(weights, [[0] * 5 + [1.0, 0.8, 0.6, 0.4, 0]])


def test_left_and_right_trade_weights_when_flipped():
    soft = results(flip=True, score=0.7, keypoint_weights=OWN)
    weights = PseudoLabelTrust()(soft)["keypoint_weights"]
    np.testing.assert_allclose(weights, [[0] * 5 + [1.0, 0.4, 0.2, 0.8, 0]])


def test_hard_labels_count_in_full_and_say_nothing_of_presence():
    hard = PseudoLabelTrust()(results(score=0.7))
    np.testing.assert_allclose(hard["keypoint_weights"], FULL)
    assert np.isnan(hard["presence_labels"]).all()


def test_source_labels_stay_as_they_are():
    own = PseudoLabelTrust()(results())
    np.testing.assert_allclose(own["keypoint_weights"], FULL)
    np.testing.assert_allclose(own["presence_labels"], [[0, 1]])


def test_source_negatives_stay_as_they_are():
    negative = results() | {"raw_ann_info": None, "presence_labels": np.zeros((1, 2))}
    np.testing.assert_allclose(PseudoLabelTrust()(negative)["presence_labels"], 0)
