"""Hands of a scene: on what is held or empty, in one scene's gloves, out of each other's way."""

import numpy as np
import pytest

from data_gen.bodies import sample_body
from data_gen.camera import centered_camera
from data_gen.hands import (
    gown_behind,
    grip,
    reach_in,
    sample_empty_hand,
    sample_hands,
    sample_wear,
)
from data_gen.placement import look_down
from data_gen.presets import load_preset, to_namespace


def wear_of(preset, **given):
    ranges = to_namespace(load_preset(preset, {"hands": given})).hands
    return sample_wear(np.random.default_rng(0), ranges)


def test_a_hand_takes_the_pose_of_what_it_holds_and_never_has_a_category():
    body = sample_body(np.random.default_rng(0), "0", "needle_holder", [0.3, 0.3], 0.0)
    wear = wear_of("theatre")
    hand, again = grip(body, 5, wear), grip(body, 5, wear)
    assert hand.name == "hand0" and hand.category_id is None
    assert (hand.pose == body.pose).all()
    assert (hand.vertices() == again.vertices()).all()


def test_all_hands_of_a_scene_wear_the_same():
    wear = wear_of("theatre", glove_weights={"green": 1}, gloved_share=1.0, blood_share=0.0)
    body = sample_body(np.random.default_rng(0), "0", "tweezers", [0.3, 0.3], 0.0)
    hands = [grip(body, 5, wear), reach_in(np.random.default_rng(1), "empty", wear)]
    assert {hand.look.glove for hand in hands} == {"green"}
    assert {hand.parts[0].material for hand in hands} == {"glove"}
    assert all(hand.look.blood == 0 for hand in hands)


def test_an_empty_hand_stays_above_the_ground_and_in_the_picture():
    preset = to_namespace(load_preset("tabletop", {"instruments": {"center": [0.5, 0.5]}}))
    wear = wear_of("theatre")
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.7, 0.0, 0.0, 0.0)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        hand = sample_empty_hand(rng, "empty0", preset, camera, to_world, wear)
        skin = hand.vertices()[: len(hand.parts[0].vertices)]
        assert skin[:, 2].min() > 0.009
        seen = np.linalg.inv(to_world) @ np.append(skin.mean(axis=0), 1.0)
        assert camera.project(seen[None, :3])[0] == pytest.approx([208, 208], abs=60)
        assert hand.kind == "empty hand" and hand.category_id is None


def hands_of(fits, **given):
    preset = to_namespace(load_preset("held", {"hands": given}))
    body = sample_body(np.random.default_rng(0), "0", "tweezers", [0.3, 0.3], 0.0)
    camera, to_world = centered_camera(384, 384, 500.0), look_down(0.7, 0.0, 0.0, 0.0)
    wear = sample_wear(np.random.default_rng(1), preset.hands)
    rng = np.random.default_rng(2)
    return sample_hands(rng, preset, [body], frozenset("0"), camera, to_world, wear, fits)


def test_what_is_held_has_a_hand_and_empty_ones_are_as_many_as_asked_for():
    hands = hands_of(lambda body, added: True, empty_share=1.0, empty_count=[2, 2])
    assert [hand.name for hand in hands] == ["hand0", "empty0", "empty1"]
    assert [hand.kind for hand in hands] == ["hand", "empty hand", "empty hand"]


def test_a_hand_without_room_is_drawn_again_with_a_shorter_forearm_and_then_left_out():
    tried = []

    def fits(body, added):
        tried.append(np.linalg.norm(body.vertices() - body.pose[:3, 3], axis=1).max())
        return False

    assert hands_of(fits, empty_share=0.0) == []
    assert len(tried) > 1 and max(tried[1:]) < tried[0]


def test_a_gown_stands_where_the_arm_comes_from_and_never_in_the_line_of_sight():
    wear = wear_of("theatre", sleeve_weights={"gown": 1})
    body = sample_body(np.random.default_rng(0), "0", "tweezers", [0.3, 0.3], 0.0)
    hand = grip(body, 3, wear)  # the tips point to +y, the arm comes from -y
    gown = gown_behind(np.random.default_rng(0), hand, np.array([0.0, 1.0, 1.0]), wear)
    assert gown.pose[1, 3] < -0.3 and gown.kind == "gown"
    assert gown_behind(np.random.default_rng(0), hand, np.array([0.0, -1.0, 1.0]), wear) is None
