"""Procedural surroundings: what lights the scene and what metal reflects.

Polished steel shows its surroundings more than itself, so every sky has bright panels, dark
patches and a horizon. All are equirectangular, (H, W, 3) linear radiance around 1, top row first.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from data_gen.presets import choose, happens, integer, log_uniform, uniform
from surgtools.errors import InputError
from surgtools.images import read_stored

HEIGHT, WIDTH = 128, 256


def sky_directions(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """(H, W, 3) unit vectors each pixel lies in, z up, in Blender's equirectangular layout."""
    u = (np.arange(width) + 0.5) / width
    v = 1 - (np.arange(height) + 0.5) / height
    azimuth, elevation = np.meshgrid((u - 0.5) * 2 * np.pi, (v - 0.5) * np.pi)
    return np.stack(
        [
            -np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ],
        axis=-1,
    )


def sample_sky(rng: np.random.Generator, light: SimpleNamespace) -> np.ndarray:
    """Draw a sky of one of the preset's kinds.

    Returns:
        (H, W, 3) float32 linear radiance whose light on a horizontal surface averages 1.

    Raises:
        InputError: a kind is unknown.
    """
    kinds = {"room": _room, "studio": _studio, "lamps": _lamps, "even": _even}
    kind = choose(rng, light.sky_weights)
    if kind not in kinds:
        raise InputError(f"sky {kind!r} is unknown; expected {', '.join(kinds)}")
    sky = kinds[kind](rng)
    if happens(rng, light.shade_share):
        sky = _shade(rng, sky, light.shade)
    directions = sky_directions()
    tint = _tint(rng, uniform(rng, light.warmth))
    sky = sky / _irradiance(sky, directions) + uniform(rng, light.fill)
    return (sky * tint).astype(np.float32)


def load_sky(path: Path, rng: np.random.Generator) -> np.ndarray:
    """Read an HDRI, turn it about the vertical, scale it as ``sample_sky`` does.

    Raises:
        InputError: not a readable equirectangular picture of colors.
    """
    import cv2

    pixels = read_stored(path)
    if pixels.ndim != 3:
        raise InputError(f"{path}: no HDRI but a gray picture; give .hdr or .exr files")
    height, width = pixels.shape[:2]
    if width != 2 * height:
        raise InputError(f"{path}: HDRI is {width}x{height}, expected twice as wide as high")
    sky = np.nan_to_num(pixels[..., 2::-1].astype(np.float32), posinf=1e4)
    if pixels.dtype == np.uint8:
        sky = (sky / 255) ** 2.2
    if width > 1024:
        sky = cv2.resize(sky, (1024, 512), interpolation=cv2.INTER_AREA)
    sky = np.roll(sky, int(rng.integers(sky.shape[1])), axis=1)
    return (sky / max(_irradiance(sky, sky_directions(*sky.shape[:2])), 1e-6)).astype(np.float32)


def _irradiance(sky: np.ndarray, directions: np.ndarray) -> float:
    """Mean light on an upward-facing surface, 1 for a sky of radiance 1."""
    z = np.clip(directions[..., 2], 0, None)
    solid_angle = np.sqrt(np.clip(1 - directions[..., 2] ** 2, 0, None))
    weight = z * solid_angle
    return float((sky.mean(axis=-1) * weight).sum() / weight.sum())


def _tint(rng: np.random.Generator, warmth: float) -> np.ndarray:
    """Color of light: warmth -1 bluish to 1 yellowish, with a slight cast."""
    base = np.array([1 + 0.25 * warmth, 1.0, 1 - 0.3 * warmth])
    return base * rng.uniform(0.97, 1.03, size=3)


def _panel(
    directions: np.ndarray, center: np.ndarray, size: tuple[float, float], turn: float, soft: float
) -> np.ndarray:
    """(H, W) 1 inside a rectangle seen around ``center``, edges ``soft`` wide (tangent units)."""
    up = np.array([0.0, 0, 1]) if abs(center[2]) < 0.95 else np.array([1.0, 0, 0])
    right = np.cross(up, center)
    right /= np.linalg.norm(right)
    up = np.cross(center, right)
    right, up = (
        np.cos(turn) * right + np.sin(turn) * up,
        np.cos(turn) * up - np.sin(turn) * right,
    )
    forward = directions @ center
    depth = np.maximum(forward, 1e-3)
    x = np.abs(directions @ right) / depth
    y = np.abs(directions @ up) / depth
    edge = np.maximum(x - size[0], y - size[1])
    return np.where(forward > 0.02, np.clip(0.5 - edge / soft, 0, 1), 0.0)


def _direction(rng: np.random.Generator, elevation: tuple[float, float]) -> np.ndarray:
    e = np.deg2rad(rng.uniform(*elevation))
    a = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])


def _base(rng: np.random.Generator, directions: np.ndarray, level: float) -> np.ndarray:
    """Floor, walls and ceiling as a vertical gradient, walls of different brightness."""
    z = directions[..., 2]
    azimuth = np.arctan2(directions[..., 1], directions[..., 0])
    floor, wall, ceiling = level * rng.uniform(0.3, 1.3, size=3) * (0.6, 1.0, 1.3)
    value = np.interp(z, [-0.6, -0.1, 0.3, 0.9], [floor, wall, wall, ceiling])
    for order in range(1, 4):
        wave = np.cos(order * azimuth + rng.uniform(0, 2 * np.pi))
        value = value * (1 + rng.uniform(0, 0.35) / order * wave * np.clip(1.2 - np.abs(z), 0, 1))
    color = np.ones(3) + rng.normal(0, 0.04, size=(3,))
    return value[..., None] * color


def _room(rng: np.random.Generator) -> np.ndarray:
    """A room by day or under ceiling lights: windows at the side, panels or tubes above."""
    directions = sky_directions()
    sky = _base(rng, directions, rng.uniform(0.15, 0.5))
    for _ in range(integer(rng, [1, 4])):
        size = (rng.uniform(0.08, 0.7), rng.uniform(0.03, 0.3))
        mask = _panel(directions, _direction(rng, (25, 85)), size, rng.uniform(0, np.pi), 0.1)
        sky += mask[..., None] * log_uniform(rng, [2.0, 15.0])
    for _ in range(integer(rng, [0, 2])):
        size = (rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6))
        mask = _panel(directions, _direction(rng, (5, 40)), size, 0.0, 0.05)
        blue = np.array([0.9, 1.0, 1.15])
        sky += mask[..., None] * blue * log_uniform(rng, [1.0, 10.0])
    return sky


def _studio(rng: np.random.Generator) -> np.ndarray:
    """Dark surroundings with a few large softboxes."""
    directions = sky_directions()
    sky = _base(rng, directions, 0.12)
    for _ in range(integer(rng, [1, 4])):
        size = (rng.uniform(0.2, 0.9), rng.uniform(0.2, 0.9))
        mask = _panel(directions, _direction(rng, (15, 90)), size, rng.uniform(0, np.pi), 0.3)
        sky += mask[..., None] * log_uniform(rng, [1.0, 6.0])
    return sky


def _lamps(rng: np.random.Generator) -> np.ndarray:
    """An operating room: dim or white walls and one or two heads of round lamps above."""
    directions = sky_directions()
    sky = _base(rng, directions, rng.uniform(0.15, 0.4))
    for _ in range(integer(rng, [1, 2])):
        head = _direction(rng, (45, 88))
        for _ in range(integer(rng, [1, 7])):
            center = head + rng.normal(0, 0.12, size=3)
            center /= np.linalg.norm(center)
            radius = rng.uniform(0.04, 0.12)
            angle = np.arccos(np.clip(directions @ center, -1, 1))
            disc = np.clip((radius - angle) / 0.03 + 0.5, 0, 1)
            sky += disc[..., None] * rng.uniform(10, 40)
    return sky


def _even(rng: np.random.Generator) -> np.ndarray:
    """Overcast: almost the same light from everywhere above, brighter to one side."""
    directions = sky_directions()
    side = _direction(rng, (0, 80))
    value = 0.8 + rng.uniform(0, 0.7) * (directions @ side)
    value = np.where(directions[..., 2] > 0, value, rng.uniform(0.1, 0.7))
    return np.repeat(np.clip(value, 0.03, None)[..., None], 3, axis=-1)


def _shade(rng: np.random.Generator, sky: np.ndarray, reach: list[float]) -> np.ndarray:
    """The dark outline of whoever takes the picture, overhead: what flat steel shows."""
    directions = sky_directions()
    center = _direction(rng, (60, 90))
    size = (uniform(rng, reach), uniform(rng, reach))
    mask = _panel(directions, center, size, rng.uniform(0, np.pi), rng.uniform(0.03, 0.3))
    return sky * (1 - mask[..., None] * rng.uniform(0.6, 0.97))
