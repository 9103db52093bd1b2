"""Grips on real instruments: fingers are where the grip's name says, whatever was drawn."""

import numpy as np
import pytest

from data_gen.instruments import sample_instrument
from data_gen.instruments.grips import fit_grip
from data_gen.instruments.holds import palm_hold, pencil_hold, ring_hold
from data_gen.instruments.rig import bone, load_rig


def fitted(kind, hold, seed):
    rng = np.random.default_rng(seed)
    model = sample_instrument(kind, rng)
    points = model.held_points(model.opening_range[0] + 0.02)
    return points, fit_grip(load_rig(), hold(points, rng), 1.0)


def distance_to_bone(point, places, index):
    start, stop = places[index], places[index + 1]
    share = np.clip((point - start) @ (stop - start) / np.sum((stop - start) ** 2), 0, 1)
    return np.linalg.norm(point - start - share * (stop - start))


@pytest.mark.parametrize("kind", ["needle_holder", "scissors"])
def test_thumb_and_ring_finger_go_through_the_rings(kind):
    for seed in range(12):
        points, hand = fitted(kind, ring_hold, seed)
        assert distance_to_bone(points[3], hand.places, bone("ring", 1)) < 0.006
        assert distance_to_bone(points[1], hand.places, bone("thumb", 2)) < 0.006


def test_in_the_palm_both_rings_are_nearer_to_the_hand_than_the_joint():
    for seed in range(12):
        points, hand = fitted("needle_holder", palm_hold, seed)
        middle = (points[1] + points[3]) / 2
        near = np.linalg.norm(hand.places - middle, axis=1).min()
        assert near < 0.03 < np.linalg.norm(hand.places[0] - points[0])


def test_a_pencil_is_pinched_between_thumb_and_index():
    for seed in range(12):
        points, hand = fitted("tweezers", pencil_hold, seed)
        assert hand.miss[:2].max() < 0.004
        tips = [hand.places[bone(finger, 3)] for finger in ("thumb", "index")]
        assert np.linalg.norm(tips[0] - tips[1]) < 0.045
        assert max(tip[1] for tip in tips) < points[2][1] - 0.01, "the tips stay free"


def test_a_pencil_leans_into_the_web_of_the_thumb_or_stands_free_above_the_hand():
    ends = []
    for seed in range(24):
        points, hand = fitted("tweezers", pencil_hold, seed)
        ends.append(np.linalg.norm(points[0] - hand.places[0]))
    over_the_wrist = [end for end in ends if end < 0.07]
    free = [end for end in ends if end > 0.09]
    assert len(over_the_wrist) + len(free) == 24
    assert min(len(over_the_wrist), len(free)) >= 4, "both ways occur"
