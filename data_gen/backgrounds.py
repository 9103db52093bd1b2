"""Procedural surfaces: tables, cloth, wood, tissue, clutter, drawn by numpy.

Every function returns an (S, S, 3) float32 picture, sRGB in 0..1. They color the ground of a scene
and stand behind layers; a folder of photographs can take their place.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np

from data_gen.bench_surfaces import draw_bench
from data_gen.patterns import blob_mask, color_of, noise
from data_gen.presets import choose, happens, integer
from data_gen.theatre_surfaces import draw_cloth, draw_drape, draw_field, draw_skin, draw_tissue
from surgtools.errors import InputError
from surgtools.images import read_image


def sample_surface(
    rng: np.random.Generator, weights: Mapping[str, float], size: int
) -> np.ndarray:
    """Draw one of the kinds in ``BACKGROUNDS`` by weight."""
    kind = choose(rng, weights)
    if kind not in BACKGROUNDS:
        raise InputError(f"background {kind!r} is unknown; expected {', '.join(BACKGROUNDS)}")
    return np.clip(BACKGROUNDS[kind](rng, size), 0, 1).astype(np.float32)


def load_background(path: Path, rng: np.random.Generator, size: int) -> np.ndarray:
    """A random square crop of a photograph, (size, size, 3).

    Raises:
        InputError: the picture cannot be read.
    """
    picture = read_image(path)
    height, width = picture.shape[:2]
    side = int(min(height, width) * rng.uniform(0.6, 1.0))
    top = int(rng.integers(height - side + 1))
    left = int(rng.integers(width - side + 1))
    crop = cv2.resize(picture[top : top + side, left : left + side], (size, size))
    return crop[..., ::-1].astype(np.float32) / 255


def _plain(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.broadcast_to(color_of(rng), (size, size, 3)).copy()


def _gradient(rng: np.random.Generator, size: int) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size] / size
    angle = rng.uniform(0, 2 * np.pi)
    t = np.clip(0.5 + (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle), 0, 1)[..., None]
    return color_of(rng) * t + color_of(rng) * (1 - t)


def _table(rng: np.random.Generator, size: int) -> np.ndarray:
    """A matte table of any quiet color, mostly grey: mottles, stains, dust, paper, folds."""
    if happens(rng, 0.75):
        color = color_of(rng, saturation=(0, 0.08), value=(0.55, 0.97))
    else:
        color = color_of(rng, saturation=(0.05, 0.6), value=(0.35, 0.95))
    picture = np.broadcast_to(color, (size, size, 3)).copy()
    picture *= 1 + rng.uniform(0, 0.05) * noise(rng, size, rng.uniform(1, 4))[..., None]
    picture += rng.uniform(0, 0.015) * noise(rng, size, size / 8, 2)[..., None]
    if happens(rng, 0.3):  # brushed or banded surface
        rows = cv2.GaussianBlur(noise(rng, size, size / 6, 2), (0, 0), 12, sigmaY=0.8)
        picture += rng.uniform(0.01, 0.12) * color.mean() * _turned(rng, rows)[..., None]
    for _ in range(integer(rng, [0, 4])):
        picture = _edge_or_band(rng, picture)
    for _ in range(integer(rng, [0, 3])):
        picture = _blot(rng, picture, rng.uniform(-0.15, 0.1), rng.uniform(0.02, 0.15))
    return _specks(rng, picture, integer(rng, [0, 25]))


def _turned(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    size = picture.shape[0]
    spin = cv2.getRotationMatrix2D((size / 2, size / 2), float(rng.uniform(0, 360)), 1.45)
    return cv2.warpAffine(picture, spin, (size, size), borderMode=cv2.BORDER_REFLECT)


def _edge_or_band(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A paper edge (one side differs), a fold line or a strip, soft or sharp, often bent."""
    size = picture.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    angle = rng.uniform(0, 2 * np.pi)
    offset = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.2, 1.2)
    across = y * np.cos(angle) - x * np.sin(angle)
    offset += rng.uniform(0, 0.05) * np.sin(across * rng.uniform(1, 6) + rng.uniform(0, 6))
    soft = np.exp(rng.uniform(np.log(0.001), np.log(0.08)))
    kind = choose(rng, {"edge": 1, "band": 1, "fold": 1})
    if kind == "edge":
        mask = np.clip(offset / soft + 0.5, 0, 1)
    elif kind == "band":
        width = rng.uniform(0.01, 0.15)
        mask = np.clip((width - np.abs(offset)) / soft + 0.5, 0, 1)
    else:
        mask = np.exp(-((offset / max(soft, 0.003)) ** 2)) * 0.7
    change = rng.uniform(-0.12, 0.12) + rng.normal(0, 0.015, size=3).astype(np.float32)
    return picture + mask[..., None] * change


def _blot(
    rng: np.random.Generator, picture: np.ndarray, change: float, radius: float
) -> np.ndarray:
    """A stain with a wavy outline; ``change`` in brightness, ``radius`` as a share of the side."""
    mask = blob_mask(rng, picture.shape[0], radius, soft=rng.uniform(0.1, 0.8))
    tint = change + rng.normal(0, 0.02, size=3).astype(np.float32)
    return picture + mask[..., None] * tint


def _specks(rng: np.random.Generator, picture: np.ndarray, count: int) -> np.ndarray:
    """Dust, crumbs and hairs."""
    picture = np.ascontiguousarray(picture, dtype=np.float32)
    size = picture.shape[0]
    for _ in range(count):
        center = rng.integers(0, size, size=2)
        color = (picture[center[1], center[0]] + rng.uniform(-0.3, 0.25)).tolist()
        if happens(rng, 0.8):
            axes = (int(rng.integers(1, 4)), int(rng.integers(1, 3)))
            turn = float(rng.uniform(0, 360))
            cv2.ellipse(picture, center.tolist(), axes, turn, 0, 360, color, -1, cv2.LINE_AA)
        else:
            steps = np.cumsum(rng.normal(0, 6, size=(8, 2)) + rng.normal(0, 6, size=2), axis=0)
            points = (center + steps).astype(np.int32)
            cv2.polylines(picture, [points], False, color, 1, cv2.LINE_AA)
    return picture


def _wood(rng: np.random.Generator, size: int) -> np.ndarray:
    grain = cv2.GaussianBlur(noise(rng, size, size / 6, 2), (0, 0), 30, sigmaY=0.7)
    grain = grain / (grain.std() + 1e-6)
    y = np.mgrid[0:size, 0:size][0] / size
    rings = np.sin((y * rng.uniform(4, 25) + 0.4 * noise(rng, size, 2, 2)) * 2 * np.pi)
    tone = 0.5 + 0.12 * rings + 0.12 * grain
    dark = color_of(rng, (0.03, 0.11), (0.3, 0.7), (0.2, 0.5))
    light = color_of(rng, (0.06, 0.12), (0.2, 0.6), (0.5, 0.95))
    return _turned(rng, (dark * (1 - tone[..., None]) + light * tone[..., None]))


def _checker(rng: np.random.Generator, size: int) -> np.ndarray:
    cells = rng.uniform(4, 40)
    y, x = np.mgrid[0:size, 0:size] / size
    odd = ((np.floor(x * cells) + np.floor(y * cells)) % 2)[..., None].astype(np.float32)
    return _turned(rng, color_of(rng) * odd + color_of(rng) * (1 - odd))


def _noise(rng: np.random.Generator, size: int) -> np.ndarray:
    t = 1 / (1 + np.exp(-noise(rng, size, rng.uniform(2, 40), 5) * rng.uniform(0.5, 3)))[..., None]
    return color_of(rng) * t + color_of(rng) * (1 - t)


def _clutter(rng: np.random.Generator, size: int) -> np.ndarray:
    """Many overlapping shapes of any color: what stands in for photographs of anything."""
    picture = np.ascontiguousarray(_noise(rng, size), dtype=np.float32)
    for _ in range(integer(rng, [5, 60])):
        center = rng.integers(0, size, size=2)
        color = color_of(rng).tolist()
        reach = size * rng.uniform(0.01, 0.2)
        kind = choose(rng, {"polygon": 2, "ellipse": 2, "line": 2, "ring": 1})
        if kind == "polygon":
            points = center + rng.normal(0, reach, size=(int(rng.integers(3, 8)), 2))
            cv2.fillPoly(picture, [points.astype(np.int32)], color, cv2.LINE_AA)
        elif kind == "line":
            end = (center + rng.normal(0, 2 * reach, size=2)).astype(int)
            width = int(rng.integers(1, 12))
            cv2.line(picture, center.tolist(), end.tolist(), color, width, cv2.LINE_AA)
        else:
            axes = [int(a) + 1 for a in rng.uniform(0.2, 1, size=2) * reach]
            width = -1 if kind == "ellipse" else int(rng.integers(1, 10))
            turn = float(rng.uniform(0, 360))
            cv2.ellipse(picture, center.tolist(), axes, turn, 0, 360, color, width, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 3))


BACKGROUNDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "plain": _plain,
    "gradient": _gradient,
    "table": _table,
    "wood": _wood,
    "checker": _checker,
    "noise": _noise,
    "cloth": draw_cloth,
    "drape": draw_drape,
    "field": draw_field,
    "skin": draw_skin,
    "tissue": draw_tissue,
    "clutter": _clutter,
    "bench": draw_bench,
}
"""Kind to the function that draws it."""
