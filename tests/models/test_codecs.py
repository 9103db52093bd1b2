"""SimCC in the union layout: targets, weights, and the way back."""

import numpy as np
import pytest

import surgtools.register  # noqa: F401
from surgtools.metainfo import NUM_SLOTS, slots_of, to_union
from surgtools.models.codecs import LOGIT_SCALE, UnionSimCC


@pytest.fixture
def codec():
    return UnionSimCC(input_size=(64, 32), sigma=4.0)


def encode(codec, own, category_id):
    """Targets of one instance given as (k, 3) own-order x, y, v."""
    union = to_union(np.array(own, np.float32)[None], category_id)
    return codec.encode(union[..., :2], (union[..., 2] > 0) * 1.0, union[..., 2])


TWEEZERS = [[10, 5, 2], [20, 6, 1], [30, 7, 2], [0, 0, 0], [50, 9, 2]]


def test_labels_peak_at_the_keypoint(codec):
    encoded = encode(codec, TWEEZERS, 2)
    slot = slots_of(2).start
    assert encoded["keypoint_x_labels"].shape == (1, NUM_SLOTS, 128)
    assert encoded["keypoint_y_labels"].shape == (1, NUM_SLOTS, 64)
    # two bins per pixel
    assert encoded["keypoint_x_labels"][0, slot].argmax() == 20
    assert encoded["keypoint_y_labels"][0, slot].argmax() == 10


def test_weights_are_one_for_labelled_own_slots_and_never_two(codec):
    weights = encode(codec, TWEEZERS, 2)["keypoint_weights"][0]
    assert weights[slots_of(1)].tolist() == [0] * 5
    assert weights[slots_of(2)].tolist() == [1, 1, 1, 0, 1]


def test_keypoints_outside_the_input_weigh_nothing(codec):
    moved = np.array(TWEEZERS, float)
    moved[0, :2] = [64.5, 5]  # half a pixel beyond the last pixel, within the label's reach
    assert encode(codec, moved, 2)["keypoint_weights"][0, slots_of(2)][0] == 0


def test_hidden_is_labelled_but_not_visible(codec):
    encoded = encode(codec, TWEEZERS, 2)
    assert encoded["visibility_labels"][0, slots_of(2)].tolist() == [1, 0, 1, 0, 1]


def test_the_labelled_category_is_present(codec):
    assert encode(codec, TWEEZERS, 2)["presence_labels"].tolist() == [[0, 1]]
    hidden = np.array(TWEEZERS, float)
    hidden[:, 2] = np.minimum(hidden[:, 2], 1)
    assert encode(codec, hidden, 2)["presence_labels"].tolist() == [[0, 1]]


def test_a_negative_has_neither_weights_nor_presence(codec):
    encoded = encode(codec, np.zeros((5, 3)), 1)
    assert encoded["presence_labels"].tolist() == [[0, 0]]
    assert not encoded["keypoint_weights"].any()


def test_decode_returns_the_encoded_position_with_full_score(codec):
    own = np.array([[10.2, 5.4, 2], [20, 6, 2], [31.7, 7, 2], [40, 20.3, 2], [50, 9, 2]])
    encoded = encode(codec, own, 1)
    keypoints, scores = codec.decode(encoded["keypoint_x_labels"], encoded["keypoint_y_labels"])
    np.testing.assert_allclose(keypoints[0, slots_of(1)], own[:, :2], atol=0.02)
    assert scores[0, slots_of(1)] == pytest.approx(np.ones(5), abs=0.04)  # between two bins


def test_flat_outputs_score_near_zero(codec):
    _, scores = codec.decode(np.zeros((1, NUM_SLOTS, 128)), np.zeros((1, NUM_SLOTS, 64)))
    assert (scores < 0.2).all()


def test_scores_stay_within_zero_and_one(codec):
    rng = np.random.default_rng(0)
    outputs = rng.normal(0, 20, (3, NUM_SLOTS, 128)), rng.normal(0, 20, (3, NUM_SLOTS, 64))
    _, scores = codec.decode(*outputs)
    assert scores.min() >= 0 and scores.max() <= 1


def test_peak_score_by_hand():
    codec = UnionSimCC(input_size=(4, 4), sigma=1.0, simcc_split_ratio=1.0)
    x = np.array([[[0, 0, 0.3, 0]]])
    # softmax(10 x) at the peak: e^3 / (e^3 + 3)
    peak = np.exp(3) / (np.exp(3) + 3)
    label = np.exp(-np.array([4, 1, 0, 1]) / 2) * LOGIT_SCALE
    perfect = np.exp(label[2]) / np.exp(label).sum()
    _, scores = codec.decode(x, x)
    assert scores[0, 0] == pytest.approx(min(peak / perfect, 1))
