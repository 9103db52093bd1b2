"""Arrangement: later things lie on earlier ones, occluders stand on the line of sight."""

import numpy as np
import pytest

from data_gen.arrangement import arrange, sample_empty_hand, sample_occluder
from data_gen.bodies import sample_body, sample_wear
from data_gen.camera import centered_camera
from data_gen.placement import look_down
from data_gen.presets import load_preset, to_namespace

WEAR = sample_wear(np.random.default_rng(0), to_namespace(load_preset("theatre")).hands)


@pytest.fixture
def preset():
    preset = to_namespace(load_preset("tabletop"))
    preset.instruments.floating_share = 0.0
    preset.instruments.center = [0.5, 0.5]
    return preset


def bodies(num):
    rng = np.random.default_rng(0)
    return [sample_body(rng, str(i), "scissors", [0.0, 0.0], 0.0) for i in range(num)]


def test_things_at_one_place_are_stacked_and_keep_their_order(preset):
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.5, 0.0, 0.0, 0.0)
    rng = np.random.default_rng(1)
    placed, held, lying = arrange(rng, bodies(3), preset, camera, to_world, None)
    assert [body.name for body in placed] == ["0", "1", "2"]
    assert lying == {"0", "1", "2"} and not held
    lowest = sorted(body.vertices()[:, 2].min() for body in placed)
    assert lowest[0] == pytest.approx(0.0003)
    assert lowest[1] > 0.001 and lowest[2] > lowest[1]


def test_floating_things_are_above_the_ground(preset):
    preset.instruments.floating_share = 1.0
    preset.instruments.lift = [0.05, 0.05]
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.5, 0.0, 0.0, 0.0)
    placed, _, lying = arrange(np.random.default_rng(1), bodies(1), preset, camera, to_world, None)
    assert not lying
    assert placed[0].vertices()[:, 2].min() == pytest.approx(0.0503)


def test_an_occluder_stands_between_camera_and_target(preset):
    center, target = np.array([0.1, 0.0, 0.5]), np.array([[0.0, 0.05, 0.0]])
    preset.occluders.weights = {"ball": 1}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        body = sample_occluder(rng, preset, "o", center, target, WEAR, (0.8, 0.8))
        vertices = body.vertices()
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        assert middle == pytest.approx(center + 0.8 * (target[0] - center), abs=0.006)


def test_a_hand_covers_the_target_with_its_fingertips_and_comes_from_above(preset):
    center, target = np.array([0.1, 0.0, 0.5]), np.array([[0.0, 0.05, 0.0]])
    preset.occluders.weights = {"hand": 1}
    place = center + 0.9 * (target[0] - center)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        hand = sample_occluder(rng, preset, "o", center, target, WEAR, (0.9, 0.9))
        assert hand.category_id is None and hand.look is not None
        vertices = hand.vertices()
        assert np.linalg.norm(vertices - place, axis=1).min() < 1e-6
        farthest = vertices[np.linalg.norm(vertices - place, axis=1).argmax()]
        assert farthest[2] > place[2]


def test_an_empty_hand_stays_above_the_ground_and_in_the_picture(preset):
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.7, 0.0, 0.0, 0.0)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        hand = sample_empty_hand(rng, "empty0", preset, camera, to_world, WEAR)
        skin = hand.vertices()[: len(hand.parts[0].vertices)]
        assert skin[:, 2].min() > 0.009
        seen = np.linalg.inv(to_world) @ np.append(skin.mean(axis=0), 1.0)
        assert camera.project(seen[None, :3])[0] == pytest.approx([208, 208], abs=60)
        assert hand.kind == "empty hand" and hand.category_id is None
