"""Surroundings: a ground that fills the picture, folds of a known height, lamps above."""

import numpy as np

from data_gen.assets import Assets
from data_gen.camera import centered_camera
from data_gen.placement import look_down, point_at
from data_gen.presets import load_preset, to_namespace
from data_gen.surroundings import sample_folds, sample_ground, sample_lamps, sample_picture


def test_the_ground_covers_what_the_camera_sees():
    preset = to_namespace(load_preset("tabletop"))
    camera = centered_camera(320, 240, 300.0)
    to_world = look_down(0.5, 0.4, 1.0, 0.3)
    ground = sample_ground(np.random.default_rng(0), preset, Assets(), camera, to_world, None)
    corners = [(0, 0), (319, 0), (0, 239), (319, 239)]
    reach = [np.abs(point_at(camera, to_world, np.array(c), 0.0)[:2]).max() for c in corners]
    assert max(reach) < ground.half < 1.5 * max(reach)
    assert ground.heights is None
    assert ground.picture.shape == (1024, 1024, 3)


def test_folds_are_centered_and_as_high_as_asked_for():
    folds = sample_folds(np.random.default_rng(0), 0.02)
    assert abs(folds.mean()) < 1e-6
    assert 0.005 < np.ptp(folds) < 0.1
    assert sample_folds(np.random.default_rng(0), 0.0001) is None


def test_lamps_hang_within_their_ranges():
    ranges = to_namespace(load_preset("theatre", {"light": {"lamp_count": [3, 3]}})).light
    lamps = sample_lamps(np.random.default_rng(0), ranges)
    assert len(lamps) == 3
    for lamp in lamps:
        assert ranges.lamp_height[0] <= lamp.place[2] <= ranges.lamp_height[1]
        assert ranges.lamp_size[0] <= lamp.size <= ranges.lamp_size[1]


def test_photographs_of_the_user_replace_drawn_pictures(tmp_path):
    import cv2

    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((20, 20, 3), (0, 255, 0), np.uint8))
    preset = to_namespace(load_preset("plain"))
    picture = sample_picture(np.random.default_rng(0), preset, [path], 16)
    assert (picture == [0, 1, 0]).all()


def test_a_spot_lamp_lights_one_disc_and_others_light_all():
    given = {"light": {"lamp_count": [2, 2], "spot_share": 1.0, "spot": [0.2, 0.3]}}
    lamps = sample_lamps(np.random.default_rng(0), to_namespace(load_preset("plain", given)).light)
    assert all(0.2 <= lamp.spread <= 0.3 and 0 < lamp.softness <= 1 for lamp in lamps)
    given["light"]["spot_share"] = 0.0
    lamps = sample_lamps(np.random.default_rng(0), to_namespace(load_preset("plain", given)).light)
    assert [lamp.spread for lamp in lamps] == [0.0, 0.0]
