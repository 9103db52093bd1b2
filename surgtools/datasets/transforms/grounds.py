"""What lies behind composed instruments: photographs, drawn drapes, papers, threads and lines.

Shapes: pictures (h, w, 3) uint8 BGR.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from surgtools.datasets.transforms.backgrounds import sample_background, sample_color
from surgtools.images import read_image


def sample_ground_picture(
    height: int,
    width: int,
    pictures: Sequence[Path],
    rng: np.random.Generator,
    picture_prob: float = 0.65,
    sheet_prob: float = 0.35,
    line_prob: float = 0.4,
) -> np.ndarray:
    """One ground: a part of a photograph or a drawn one, with sheets and lines over it.

    Args:
        pictures: photographs without instruments; only drawn grounds without any.
        picture_prob: share of photographs.
        sheet_prob: share with cloths, papers or pieces of another photograph over it.
        line_prob: share with threads, cables and pen lines, which are thin and no instrument.
    """
    ground = _plain(height, width, pictures, rng, picture_prob)
    if rng.random() < sheet_prob:
        for _ in range(rng.integers(1, 4)):
            sheet = _plain(height, width, pictures, rng, 0.3)
            ground = lay_sheet(ground, sheet, rng)
    if rng.random() < line_prob:
        ground = draw_lines(ground, rng)
    return ground


def part_of(picture: np.ndarray, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A random part in the proportions of the result, often mirrored."""
    rows, columns = picture.shape[:2]
    fit = min(rows / height, columns / width) * rng.uniform(0.45, 1.0)
    size = max(2, int(width * fit)), max(2, int(height * fit))
    x = rng.integers(max(1, columns - size[0] + 1))
    y = rng.integers(max(1, rows - size[1] + 1))
    part = picture[y : y + size[1], x : x + size[0]]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    way = cv2.INTER_AREA if fit > 1 else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=way)


def lay_sheet(ground: np.ndarray, sheet: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``sheet`` over ``ground`` within a turned rectangle, some with a soft border."""
    height, width = ground.shape[:2]
    center = (rng.uniform(0, width), rng.uniform(0, height))
    sides = rng.uniform(0.15, 1.2, 2) * (width, height)
    corners = cv2.boxPoints((center, tuple(sides), rng.uniform(0, 180)))
    corners += rng.normal(0, 0.03, (4, 2)) * sides
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [corners.round().astype(np.int32)], 255, cv2.LINE_AA)
    if rng.random() < 0.5:
        mask = cv2.blur(mask, (int(rng.integers(2, 16)),) * 2)
    over = cv2.merge([mask] * 3)
    return cv2.add(
        cv2.multiply(sheet, over, scale=1 / 255), cv2.multiply(ground, 255 - over, scale=1 / 255)
    )


def draw_lines(ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Threads, cables, pen lines: straight ones and curves, thin, in any color."""
    ground = np.ascontiguousarray(ground)
    height, width = ground.shape[:2]
    for _ in range(rng.integers(1, 7)):
        start = rng.uniform((0, 0), (width, height))
        length, angle = np.exp(rng.uniform(2.5, 5.8)), rng.uniform(0, 2 * np.pi)
        bends = rng.normal(0, 0.0 if rng.random() < 0.4 else 0.25, 24)
        angles = angle + np.cumsum(bends)
        steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * length / 24
        points = np.concatenate([start[None], start + np.cumsum(steps, axis=0)])
        color = sample_color(rng) if rng.random() < 0.6 else np.full(3, rng.choice([20, 235]))
        cv2.polylines(
            ground,
            [(points * 8).round().astype(np.int32)],
            False,
            color.tolist(),
            int(rng.choice([1, 1, 2, 3, 5])),
            cv2.LINE_AA,
            shift=3,
        )
    return ground


def _plain(
    height: int,
    width: int,
    pictures: Sequence[Path],
    rng: np.random.Generator,
    picture_prob: float,
) -> np.ndarray:
    if pictures and rng.random() < picture_prob:
        return part_of(read_image(pictures[rng.integers(len(pictures))]), height, width, rng)
    return sample_background(height, width, rng)
