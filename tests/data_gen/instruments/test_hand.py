import numpy as np
import pytest
import trimesh

from data_gen.instruments import hold, sample_hand, sample_instrument
from data_gen.materials import MATERIALS
from surgtools.errors import InputError


def skin_of(hand):
    part = hand.articulate().parts[0]
    return trimesh.Trimesh(part.vertices, part.faces, process=False)


@pytest.mark.parametrize("left_handed", [0.0, 1.0])
def test_a_hand_is_one_closed_skin_of_plausible_size(left_handed):
    hand = sample_hand(np.random.default_rng(0), {"left_handed": left_handed})
    skin = skin_of(hand)
    assert skin.is_watertight
    assert skin.volume > 0
    assert skin.body_count == 1
    assert 0.12 < np.ptp(skin.vertices[:, 1]) < 0.26
    assert {part.material for part in hand.articulate().parts} <= set(MATERIALS)


@pytest.mark.parametrize("left_handed", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["needle_holder", "tweezers", "scissors"])
def test_a_holding_hand_touches_both_halves_and_leaves_the_tips_free(kind, left_handed):
    rng = np.random.default_rng(5)
    model = sample_instrument(kind, rng, {"length": 0.18})
    opening = 0.2 * model.opening_range[1]
    hand = hold(model, opening, rng, {"left_handed": left_handed, "grip": "rings"})
    vertices = skin_of(hand).vertices
    points = model.held_points(opening)

    def gap(index):
        return np.linalg.norm(vertices - points[index], axis=1).min()

    assert max(gap(1), gap(3)) < 0.025, "rings or arms are held"
    assert min(gap(2), gap(4)) > 0.02, "tips are free"


def test_a_left_hand_has_its_thumb_on_the_other_side():
    model = sample_instrument("needle_holder", np.random.default_rng(1))
    middles = []
    for left_handed in (0.0, 1.0):
        hand = hold(model, 0.3, np.random.default_rng(2), {"left_handed": left_handed})
        middles.append(skin_of(hand).vertices[:, 0].mean())
    assert middles[0] > 0 > middles[1]


def test_every_kind_that_can_be_held_is_held_at_any_size_and_opening():
    for kind in ("needle_holder", "tweezers", "scissors", "clamp", "scalpel"):
        for seed in range(12):
            rng = np.random.default_rng(seed)
            model = sample_instrument(kind, rng)
            hand = hold(model, rng.uniform(*model.opening_range), rng)
            for part in hand.articulate().parts:
                assert np.isfinite(part.vertices).all()
                assert np.abs(part.vertices).max() < 0.8


def test_bare_hands_show_skin_and_gloved_ones_rubber():
    for gloved, material in ((0.0, "skin"), (1.0, "glove")):
        hand = sample_hand(np.random.default_rng(3), {"gloved": gloved})
        assert hand.articulate().parts[0].material == material


def test_what_has_nothing_to_hold_it_by_cannot_be_held():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="clip has no points to hold it by"):
        hold(sample_instrument("bar", rng, {"pattern": "clip"}), 0.0, rng)
