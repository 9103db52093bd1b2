"""Motion: smooth, bounded, and known at any time."""

import numpy as np
import pytest

from data_gen.assets import Assets
from data_gen.bodies import sample_body
from data_gen.motion import Movement, moved_scene, rotation_of, sample_movements, sample_wander
from data_gen.presets import load_preset, to_namespace
from data_gen.scene import sample_scene


def test_a_wander_is_smooth_and_stays_near_its_range():
    wander = sample_wander(np.random.default_rng(0), 3, speed=1.0)
    values = np.array([wander.at(t) for t in np.arange(0, 60, 0.04)])
    assert np.abs(values).max() < 1.4
    assert values.std() > 0.2
    # at most 2 pi * 0.9 Hz * 1.4 * 0.04 s = 0.32 from one frame to the next
    assert np.abs(np.diff(values, axis=0)).max() < 0.32


def test_rotation_vectors_turn_about_themselves():
    turned = rotation_of(np.array([0, 0, np.pi / 2]))
    assert turned @ [1, 0, 0] == pytest.approx([0, 1, 0])
    assert rotation_of(np.zeros(3)).tolist() == np.eye(3).tolist()


def test_what_lies_keeps_its_height_and_its_opening():
    rng = np.random.default_rng(1)
    body = sample_body(rng, "0", "needle_holder", [0.3, 0.3], 0.0)
    movement = Movement(sample_wander(rng, 7, 1.0), 0.05, 0.5, lies=True, openings=None)
    moved = movement.moved(body, 1.7)
    assert moved.opening == body.opening
    assert moved.vertices()[:, 2] == pytest.approx(body.vertices()[:, 2])
    assert np.abs(moved.vertices() - body.vertices()).max() > 0.002


def test_a_moved_scene_keeps_its_things_and_articulates_what_floats():
    preset = to_namespace(load_preset("theatre"))
    preset.instruments.count_weights = {2: 1}
    preset.instruments.floating_share = 1.0
    rng = np.random.default_rng(2)
    scene = sample_scene(rng, preset, Assets())
    movements = sample_movements(rng, scene, preset.motion, 2.0)
    early, late = (moved_scene(scene, movements, t) for t in (0.0, 1.0))
    assert [b.name for b in early.bodies] == [b.name for b in scene.bodies]
    for before, after in zip(early.instruments, late.instruments, strict=True):
        assert before.opening != after.opening
        assert len(before.vertices()) == len(after.vertices())
