"""Draw the surroundings of a scene at random: ground, backdrop, sky and lamps."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from data_gen.assets import Assets
from data_gen.backgrounds import load_background, sample_surface
from data_gen.camera import RenderCamera
from data_gen.patterns import noise
from data_gen.placement import point_at
from data_gen.presets import happens, integer, log_uniform, uniform
from data_gen.skies import load_sky, sample_sky

_GROUND_PIXELS = 1024


@dataclass(frozen=True)
class Ground:
    """A square of ``2 * half`` meters around the origin.

    Attributes:
        picture: (S, S, 3) sRGB.
        heights: (N, N) meters, rows along y; None when flat.
    """

    picture: np.ndarray
    half: float
    heights: np.ndarray | None
    roughness: float
    specular: float
    bump: float


@dataclass(frozen=True)
class Lamp:
    """A small round lamp; ``strength`` is its light on the ground, white paper = 1.

    Attributes:
        spread: radius in meters of the only disc it lights, around the origin; 0 lights all.
        softness: share of that disc over which its light fades.
    """

    place: np.ndarray
    strength: float
    size: float
    color: np.ndarray
    spread: float = 0.0
    softness: float = 1.0


def sample_ground(
    rng: np.random.Generator,
    preset: SimpleNamespace,
    assets: Assets,
    camera: RenderCamera,
    to_world: np.ndarray,
    folds: np.ndarray | None,
) -> Ground | None:
    """A ground with the given heights, as large as what the camera sees of it, or none."""
    ranges = preset.ground
    if not happens(rng, ranges.share):
        return None
    corners = [(-1, -1), (camera.width, -1), (-1, camera.height), (camera.width, camera.height)]
    reach = [point_at(camera, to_world, np.array(c), 0.0)[:2] for c in corners]
    half = float(np.clip(1.25 * np.abs(reach).max(), 0.1, 3.0))
    return Ground(
        picture=sample_picture(rng, preset, assets.textures or assets.backgrounds, _GROUND_PIXELS),
        half=half,
        heights=folds,
        roughness=uniform(rng, ranges.roughness),
        specular=uniform(rng, ranges.specular),
        bump=uniform(rng, ranges.bump) if happens(rng, ranges.bump_share) else 0.0,
    )


def sample_folds(rng: np.random.Generator, height: float, count: int = 240) -> np.ndarray | None:
    """(count, count) heights of cloth in meters: broad waves and sharp creases, mean 0.

    Folds below half a millimeter are none.
    """
    if height < 0.0005:
        return None
    waves = noise(rng, count, rng.uniform(1.5, 4), 2) / 2
    z = waves * rng.uniform(0.3, 1.0)
    for _ in range(integer(rng, [1, 4])):
        ridge = np.abs(noise(rng, count, rng.uniform(1, 4), 1))
        z = z + rng.uniform(0.3, 1.2) * np.exp(-ridge / rng.uniform(0.05, 0.2))
    return (z - z.mean()) * height / 2


def sample_picture(
    rng: np.random.Generator, preset: SimpleNamespace, pictures: list[Path], size: int
) -> np.ndarray:
    """(size, size, 3) sRGB: one of the user's pictures, else one drawn by the preset."""
    if pictures:
        return load_background(pictures[int(rng.integers(len(pictures)))], rng, size)
    return sample_surface(rng, preset.ground.background_weights, size)


def sample_light(rng: np.random.Generator, preset: SimpleNamespace, assets: Assets) -> np.ndarray:
    """(H, W, 3) sky: one of the user's HDRIs, else one drawn by the preset."""
    if assets.skies:
        return load_sky(assets.skies[int(rng.integers(len(assets.skies)))], rng)
    return sample_sky(rng, preset.light)


def sample_lamps(rng: np.random.Generator, ranges: SimpleNamespace) -> list[Lamp]:
    """Lamps above the scene."""
    lamps = []
    for _ in range(integer(rng, ranges.lamp_count)):
        height = uniform(rng, ranges.lamp_height)
        aside = rng.normal(0, 0.5, size=2) * height
        warmth = uniform(rng, ranges.warmth)
        lamps.append(
            Lamp(
                place=np.array([*aside, height]),
                strength=uniform(rng, ranges.lamp),
                size=log_uniform(rng, ranges.lamp_size),
                color=np.array([1 + 0.25 * warmth, 1.0, 1 - 0.3 * warmth]),
                spread=uniform(rng, ranges.spot) if happens(rng, ranges.spot_share) else 0.0,
                softness=rng.uniform(0.5, 1.0),
            )
        )
    return lamps
