"""The camera of a scene shows a length at the extent that the preset asks for."""

import numpy as np
import pytest

from data_gen.assets import Assets
from data_gen.camera import centered_camera
from data_gen.presets import load_preset, to_namespace
from data_gen.viewpoint import sample_viewpoint

LENGTH = 0.15


@pytest.fixture
def preset():
    preset = to_namespace(load_preset("tabletop"))
    preset.instruments.extent, preset.instruments.extent_by_octave = [0.5, 0.5], False
    return preset


def distance_of(to_world: np.ndarray) -> float:
    return float(np.linalg.norm(to_world[:3, 3]))


@pytest.mark.parametrize("seed", range(3))
def test_a_length_fills_its_share_of_the_picture(preset, seed):
    camera, to_world = sample_viewpoint(np.random.default_rng(seed), preset, Assets(), LENGTH)
    pixels = camera.fx * LENGTH / distance_of(to_world)
    assert pixels == pytest.approx(0.5 * min(camera.width, camera.height))


def test_a_given_camera_keeps_its_focal_length_and_moves(preset):
    given = centered_camera(*preset.resolution, focal=900.0)
    rng = np.random.default_rng(0)
    camera, to_world = sample_viewpoint(rng, preset, Assets(camera=given), LENGTH)
    assert camera.fx == 900.0
    assert distance_of(to_world) == pytest.approx(900 * LENGTH / (0.5 * min(preset.resolution)))
