"""Random tables, drapes and clutter, drawn in milliseconds.

Every function returns (H, W, 3) uint8. They need not look real; no two may look alike, so that a
network finds nothing in the background to hold on to.
"""

from collections.abc import Callable

import cv2
import numpy as np


def sample_background(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """One of the kinds below, with random light across it."""
    kinds: tuple[Callable, ...] = (flat, clouds, stripes, cloth, clutter)
    kind = kinds[rng.choice(len(kinds), p=(0.3, 0.25, 0.1, 0.15, 0.2))]
    image = kind(height, width, rng)
    return shade(image, rng) if rng.random() < 0.7 else image


def sample_color(rng: np.random.Generator) -> np.ndarray:
    """(3,) BGR float: greys mostly, drape blues and greens, or any."""
    choice = rng.random()
    if choice < 0.55:
        return np.clip(rng.uniform(40, 235) + rng.normal(0, 6, 3), 0, 255)
    if choice < 0.75:
        return rng.uniform((90, 60, 10), (200, 150, 90))
    return rng.uniform(0, 255, 3)


def flat(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """One color with a little grain."""
    image = np.empty((height, width, 3), np.uint8)
    image[:] = sample_color(rng)
    return grain(image, rng.uniform(0, 8), rng)


def clouds(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise between two colors at several sizes: skin, tissue, stone."""
    field = np.zeros((height, width), np.float32)
    for octave in range(1, int(rng.integers(2, 6))):
        cells = 2**octave
        small = rng.random((cells, cells), np.float32)
        field += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) / octave
    cv2.normalize(field, field, 0, 1, cv2.NORM_MINMAX)
    return _blend(field, rng)


def stripes(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Parallel bands at any angle."""
    field = _wave(height, width, rng.uniform(6, 80), rng)
    return _blend((field > rng.uniform(-0.8, 0.8)).astype(np.float32), rng)


def cloth(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A fine weave over broad folds."""
    period = rng.uniform(2.5, 9)
    weave = _wave(height, width, period, rng) * _wave(height, width, period, rng)
    folds = _wave(height, width, rng.uniform(60, 300), rng)
    return _blend(0.5 + rng.uniform(0.05, 0.25) * weave + 0.25 * folds, rng)


def clutter(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Bars, rings and blobs in many colors: things that are no instrument."""
    image = flat(height, width, rng) if rng.random() < 0.5 else clouds(height, width, rng)
    for _ in range(rng.integers(2, 14)):
        color = sample_color(rng).tolist()
        center = rng.uniform((0, 0), (width, height)).astype(int).tolist()
        axes = (rng.uniform(0.02, 0.25, 2) * max(height, width)).astype(int) + 1
        angle = rng.uniform(0, 180)
        kind = rng.integers(3)
        if kind == 0:
            corners = cv2.boxPoints((center, (axes * (2.0, 0.4)).tolist(), angle))
            cv2.fillPoly(image, [corners.astype(np.int32)], color, cv2.LINE_AA)
        else:
            thickness = -1 if kind == 1 else int(rng.integers(1, 9))
            cv2.ellipse(image, center, axes.tolist(), angle, 0, 360, color, thickness, cv2.LINE_AA)
    return image


def shade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light that falls off across the picture."""
    corners = rng.uniform(0.5, 1.25, (2, 2)).astype(np.float32)
    light = cv2.resize(corners, image.shape[1::-1])
    return cv2.multiply(image, cv2.merge([light] * 3), dtype=cv2.CV_8U)


def grain(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """The texture of a plain surface."""
    noise = np.empty(image.shape[:2], np.int8)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(noise, 0, sigma)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(noise.astype(np.float32) * 2, (0, 0), rng.uniform(0.5, 3))
    return cv2.add(image, cv2.merge([noise] * 3), dtype=cv2.CV_8U)


def _wave(height: int, width: int, period: float, rng: np.random.Generator) -> np.ndarray:
    """(H, W) in [-1, 1], a sine of ``period`` pixels at any angle and phase."""
    angle, phase = rng.uniform(0, 2 * np.pi, 2)
    step = 2 * np.pi / period
    x = np.arange(width, dtype=np.float32) * np.float32(np.cos(angle) * step)
    y = np.arange(height, dtype=np.float32) * np.float32(np.sin(angle) * step)
    return np.sin(x[None] + y[:, None] + np.float32(phase))


def _blend(field: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two colors mixed by ``field`` (H, W) in [0, 1]."""
    a = sample_color(rng)
    b = a + (sample_color(rng) - a) * rng.uniform(0.1, 1.0)
    levels = np.linspace(0, 1, 256)[:, None]
    table = np.clip(a + levels * (b - a), 0, 255).astype(np.uint8)[None]
    index = np.clip(field * 255, 0, 255).astype(np.uint8)
    return cv2.LUT(cv2.merge([index] * 3), table)
