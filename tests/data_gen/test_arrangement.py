"""Arrangement: later things lie on earlier ones, occluders stand on the line of sight."""

import numpy as np
import pytest

from data_gen.arrangement import arrange, sample_occluder
from data_gen.bodies import sample_body
from data_gen.camera import centered_camera
from data_gen.hands import sample_wear
from data_gen.placement import HeightField, look_down
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
    placed, held, lying = arrange(rng, bodies(3), preset, camera, to_world, HeightField())
    assert [body.name for body in placed] == ["0", "1", "2"]
    assert lying == {"0", "1", "2"} and not held
    lowest = sorted(body.vertices()[:, 2].min() for body in placed)
    assert lowest[0] == pytest.approx(0.0003)
    assert lowest[1] > 0.001 and lowest[2] > lowest[1]


def test_floating_things_are_above_the_ground(preset):
    preset.instruments.floating_share = 1.0
    preset.instruments.lift = [0.05, 0.05]
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.5, 0.0, 0.0, 0.0)
    placed, _, lying = arrange(
        np.random.default_rng(1), bodies(1), preset, camera, to_world, HeightField()
    )
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


def test_gathered_instruments_bring_their_tips_to_one_spot_from_different_sides(preset):
    preset.instruments.floating_share = preset.hands.share = 1.0
    preset.instruments.gather_share = 1.0
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.9, 0.3, 0.0, 0.0)
    rng = np.random.default_rng(4)
    pair = [sample_body(rng, str(i), "tweezers", [0.1, 0.1], 0.0) for i in range(2)]
    placed, held, _ = arrange(rng, pair, preset, camera, to_world, HeightField())
    assert held == {"0", "1"}
    tips = [body.keypoints_world()[[2, 4]].mean(axis=0) for body in placed]
    assert np.linalg.norm(tips[0] - tips[1]) < 0.08
    sides = [-body.pose[:2, 1] / np.linalg.norm(body.pose[:2, 1]) for body in placed]
    assert sides[0] @ sides[1] < 0.5
    assert all(
        body.keypoints_world()[0, 2] > tip[2] for body, tip in zip(placed, tips, strict=True)
    )


def test_forearms_of_holding_hands_do_not_point_at_the_camera(preset):
    preset.instruments.floating_share = preset.hands.share = 1.0
    preset.instruments.tilt = [0, 80]
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.9, 0.8, 0.0, 0.0)
    along = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        body = sample_body(rng, "0", "tweezers", [0.1, 0.1], 0.0)
        (placed,), _, _ = arrange(rng, [body], preset, camera, to_world, HeightField())
        along.append(abs(placed.pose[:3, 1] @ to_world[:3, 2]))
    assert np.mean(np.array(along) < 0.75) > 0.9


@pytest.mark.parametrize("kind", ["tweezers", "needle_holder"])
def test_tweezers_spring_open_where_they_lie(preset, kind):
    camera, to_world = centered_camera(416, 416, 500.0), look_down(0.5, 0.0, 0.0, 0.0)
    rng = np.random.default_rng(3)
    pressed = [sample_body(rng, str(i), kind, [0.0, 0.0], 0.0) for i in range(8)]
    placed, _, lying = arrange(rng, pressed, preset, camera, to_world, HeightField())
    assert len(lying) == 8
    shares = [body.opening / body.model.opening_range[1] for body in placed]
    if kind == "tweezers":
        assert min(shares) > 0.38 and max(shares) > 0.8
        moved = [
            b.keypoints[2, 0] - a.keypoints[2, 0] for a, b in zip(pressed, placed, strict=True)
        ]
        assert np.abs(moved).min() > 0.001, "keypoints go with the arms"
    else:
        assert [b.opening for b in placed] == [b.opening for b in pressed]
