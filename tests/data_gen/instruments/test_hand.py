import numpy as np
import pytest
import trimesh

from data_gen.instruments import hold, sample_hand, sample_instrument
from data_gen.materials import MATERIALS
from surgtools.errors import InputError


def glove(hand):
    part = hand.articulate().parts[0]
    return trimesh.Trimesh(part.vertices, part.faces, process=False)


def test_a_hand_is_one_closed_skin_of_plausible_size():
    hand = sample_hand(np.random.default_rng(0))
    skin = glove(hand)
    assert skin.is_watertight
    assert skin.volume > 0
    assert skin.body_count == 1
    assert 0.14 < np.ptp(skin.vertices[:, 1]) < 0.28
    assert {part.material for part in hand.articulate().parts} <= set(MATERIALS)


@pytest.mark.parametrize("left_handed", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["needle_holder", "tweezers"])
def test_a_holding_hand_touches_both_halves_and_leaves_the_tips_free(kind, left_handed):
    rng = np.random.default_rng(5)
    model = sample_instrument(kind, rng, {"length": 0.18})
    opening = 0.3 * model.opening_range[1]
    hand = hold(model, opening, rng, {"left_handed": left_handed})
    vertices = glove(hand).vertices
    keypoints = model.articulate(opening).keypoints

    def gap(index):
        return np.linalg.norm(vertices - keypoints[index], axis=1).min()

    assert max(gap(1), gap(3)) < 0.015, "rings or arms are held"
    assert min(gap(2), gap(4)) > 0.025, "tips are free"


def test_a_left_hand_has_its_thumb_on_the_other_side():
    model = sample_instrument("needle_holder", np.random.default_rng(1))
    middles = []
    for left_handed in (0.0, 1.0):
        ranges = {"left_handed": left_handed, "roll": 0.0}
        hand = hold(model, 0.3, np.random.default_rng(2), ranges)
        middles.append(glove(hand).vertices[:, 0].mean())
    assert middles[0] > 0 > middles[1]


def test_what_has_no_keypoints_cannot_be_held():
    with pytest.raises(InputError, match="scissors has no keypoints"):
        rng = np.random.default_rng(0)
        hold(sample_instrument("scissors", rng), 0.1, rng)
