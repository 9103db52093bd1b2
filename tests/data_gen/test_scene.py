"""Scenes: what a preset asks for is what is drawn, and the seed decides alone."""

import numpy as np
import pytest

from data_gen.assets import Assets
from data_gen.camera import centered_camera
from data_gen.labels import share_inside
from data_gen.presets import load_preset, to_namespace
from data_gen.scene import is_acceptable, sample_scene


def scenes(preset, num=12, assets=None):
    return [
        sample_scene(np.random.default_rng([3, i]), preset, assets or Assets()) for i in range(num)
    ]


@pytest.fixture
def preset():
    return to_namespace(load_preset("tabletop"))


def test_the_same_seed_gives_the_same_scene(preset):
    first, again = scenes(preset, 1)[0], scenes(preset, 1)[0]
    assert [b.name for b in first.bodies] == [b.name for b in again.bodies]
    for a, b in zip(first.bodies, again.bodies, strict=True):
        assert (a.vertices() == b.vertices()).all()
    assert (first.sky == again.sky).all()
    assert (first.ground.picture == again.ground.picture).all()


def test_every_instrument_is_in_the_picture_as_far_as_the_preset_asks(preset):
    for scene in scenes(preset):
        assert is_acceptable(scene, preset.instruments.min_inside)
        for body in scene.instruments:
            share = share_inside(scene.pixels(body.vertices()), 416, 416)
            assert share >= preset.instruments.min_inside


def test_counts_follow_their_weights(preset):
    preset.instruments.count_weights = {3: 1}
    preset.distractors.share = 1.0
    preset.distractors.count = [2, 2]
    for scene in scenes(preset, 4):
        assert [b.name for b in scene.instruments] == ["0", "1", "2"]
        assert sum(b.name.startswith("other") for b in scene.others) == 2


def test_a_single_instrument_has_the_length_in_the_picture_that_was_asked_for(preset):
    preset.instruments.count_weights = {1: 1}
    preset.instruments.kind_weights = {"needle_holder": 1}
    preset.instruments.extent = [0.5, 0.5]
    preset.instruments.floating_share = 0.0
    preset.instruments.closed_share = 1.0
    preset.camera.tilt = [0, 0]
    preset.camera.distortion = [0, 0]
    for scene in scenes(preset, 5):
        pixels = scene.pixels(scene.instruments[0].vertices())
        longest = np.linalg.norm(pixels[:, None] - pixels[None, ::50], axis=-1).max()
        assert longest == pytest.approx(0.5 * 416, rel=0.12)


def test_a_camera_of_the_user_keeps_its_intrinsics(preset):
    camera = centered_camera(832, 832, 900.0)
    for scene in scenes(preset, 3, Assets(camera=camera)):
        assert scene.camera.fx == 450  # at half the resolution


def test_held_instruments_have_a_hand():
    preset = to_namespace(load_preset("theatre"))
    preset.instruments.count_weights = {1: 1}
    preset.instruments.floating_share = 1.0
    preset.hands.share = 1.0
    (scene,) = scenes(preset, 1)
    assert scene.held == {"0"}
    assert any(body.name == "hand0" for body in scene.others)


def test_no_ground_where_the_preset_has_none(preset):
    preset.ground.share = 0.0
    assert all(scene.ground is None for scene in scenes(preset, 3))


def test_lengths_by_octave_are_as_often_small_as_large():
    preset = to_namespace(load_preset("plain"))
    preset.instruments.count_weights = {1: 1}
    preset.instruments.extent = [0.1, 0.9]  # the middle by octaves is 0.3, evenly 0.5
    preset.camera.distortion = [0, 0]
    shares = []
    for by_octave in (True, False):
        preset.instruments.extent_by_octave = by_octave
        found = []
        for scene in scenes(preset, 60):
            distance = np.linalg.norm(scene.to_world[:3, 3])
            length = scene.instruments[0].length()
            found.append(scene.camera.fx * length / distance / min(preset.resolution))
        shares.append(np.mean(np.array(found) < 0.3))
    assert 0.35 < shares[0] < 0.65
    assert shares[1] < 0.35


def test_look_alikes_are_held_as_well_and_stay_without_a_category():
    preset = to_namespace(load_preset("theatre"))
    preset.instruments.count_weights = {0: 1}
    preset.instruments.floating_share = 1.0
    preset.hands.share = 1.0
    preset.distractors.share = 1.0
    preset.distractors.count = [1, 1]
    preset.distractors.instrument_share = 1.0
    preset.distractors.instrument_weights = {"scissors": 1}
    drawn = scenes(preset, 6)
    assert not any(scene.instruments for scene in drawn)
    held = [{"other0", "handother0"} <= {b.name for b in scene.others} for scene in drawn]
    assert sum(held) >= 2  # hands that would stand in the camera are left out


def test_a_scene_without_anything_shows_an_empty_hand_where_the_preset_has_some():
    preset = to_namespace(load_preset("held"))
    preset.instruments.count_weights = {0: 1}
    preset.distractors.share = 0.0
    for scene in scenes(preset, 4):
        assert [body.kind for body in scene.others] == ["empty hand"]
