"""Where the camera of a scene stands, and what it is like."""

from types import SimpleNamespace

import numpy as np

from data_gen.assets import Assets
from data_gen.camera import RenderCamera, centered_camera
from data_gen.placement import look_down
from data_gen.presets import log_uniform, uniform


def sample_viewpoint(
    rng: np.random.Generator, preset: SimpleNamespace, assets: Assets, length: float
) -> tuple[RenderCamera, np.ndarray]:
    """A camera that shows ``length`` meters at the preset's extent; a given one moves for it.

    Args:
        preset: with ``camera``, ``resolution`` and the extent of ``instruments``.
        assets: may hold a camera and its distance.

    Returns:
        The camera, and (4, 4) camera frame to world.
    """
    ranges = preset.camera
    distance = uniform(rng, ranges.distance)
    width, height = (int(n) for n in preset.resolution)
    draw = log_uniform if preset.instruments.extent_by_octave else uniform
    extent = draw(rng, preset.instruments.extent) * min(width, height)
    if assets.camera:
        camera = assets.camera.resized(width, height)
        distance = assets.distance or camera.fx * length / extent
    else:
        distortion = uniform(rng, ranges.distortion)
        camera = centered_camera(width, height, extent * distance / length, distortion)
    tilt = np.deg2rad(uniform(rng, ranges.tilt))
    azimuth = rng.uniform(0, 2 * np.pi)
    roll = np.deg2rad(uniform(rng, ranges.roll))
    return camera, look_down(distance, tilt, azimuth, roll)
