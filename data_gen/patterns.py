"""Patterns that surfaces are drawn with: smooth noise, blots with wavy outlines, colors."""

import colorsys

import cv2
import numpy as np


def noise(rng: np.random.Generator, size: int, cells: float, octaves: int = 4) -> np.ndarray:
    """(size, size) smooth noise of unit deviation; ``cells`` bumps across, halved each octave."""
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        side = int(np.clip(cells * 2**octave, 2, size)) + 2
        grid = rng.standard_normal((side, side), dtype=np.float32)
        total += cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC) / 2**octave
    return (total - total.mean()) / (total.std() + 1e-6)


def color_of(
    rng: np.random.Generator,
    hue: tuple[float, float] = (0, 1),
    saturation: tuple[float, float] = (0, 1),
    value: tuple[float, float] = (0.1, 1),
) -> np.ndarray:
    """(3,) sRGB from ranges of hue (turns), saturation and value."""
    return np.array(
        colorsys.hsv_to_rgb(
            rng.uniform(*hue) % 1.0, rng.uniform(*saturation), rng.uniform(*value)
        ),
        np.float32,
    )


def blob_mask(
    rng: np.random.Generator,
    size: int,
    radius: float,
    soft: float,
    center: np.ndarray | None = None,
    wavy: float = 0.25,
) -> np.ndarray:
    """(size, size) in 0..1: a blot of any outline.

    Args:
        radius: as a share of the side.
        soft: width of its edge as a share of the radius.
        center: (2,) x and y as shares of the side; anywhere when None.
        wavy: how far its outline departs from an ellipse, as a share of the radius.
    """
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    x0, y0 = rng.uniform(0, 1, size=2) if center is None else center
    angle, stretch = rng.uniform(0, np.pi), rng.uniform(0.5, 1.0)
    along = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    across = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle)
    r = np.hypot(along, across / stretch) / radius
    r = r + wavy * noise(rng, size, min(0.8 / radius, size / 8), 3)
    return np.clip((1 - r) / soft, 0, 1)
