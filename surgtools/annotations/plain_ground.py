"""Tell an instrument from the plain ground that it lies on.

A table, a drape or a sheet of paper has a color that changes slowly over a photograph. What
differs from it within a labelled box is the instrument.

Shapes: H, W of the photograph. Boxes ``xyxy`` in pixels; pixel centers on integers.
"""

import cv2
import numpy as np

WORKING = 640
"""Shorter side, in pixels, of what is looked at: a larger photograph is looked at smaller, and its
edges are softer by as much."""

SURE, POSSIBLE = 22.0, 10.0
"""Difference of a pixel from the ground, of 255, that no shadow has; and the least that an
instrument has beside such a pixel."""

_AROUND = 9
"""Pixels across, around a sure one, in which possible ones belong to it."""
_CLOSED = 5
"""Gaps up to this width, in pixels, are highlights as bright as the ground."""
_SMALLEST, _LARGEST_HOLE = 60, 40
"""Pixels of the smallest part, and of the largest hole that is filled."""
_MARGIN = 10
"""Pixels around a box that tell nothing about the ground: a shadow lies there."""
_MEDIAN_SHARE = 1 / 8
"""Width of the median over the shorter side: wider than the parts of an instrument."""
_DEGREE, _STEP, _ROUNDS = 4, 4, 3
"""Degree of the ground's polynomial, every how many pixels it is fitted, and how often."""
_WIDE = 12.0
"""Deviation, in pixels, of the blur that takes up what the polynomial leaves over."""
_SOFT = 0.7
"""Deviation, in pixels, of the blur that softens the edge of a layer."""


def find_instrument(image: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels are those of the labelled instruments, and what lies below them.

    Args:
        image: (H, W, 3) uint8.
        boxes: (N, 4), all that is labelled.

    Returns:
        A mask (H, W) uint8, 1 on an instrument, and the color of the ground (H, W, 3) float32.
    """
    height, width = image.shape[:2]
    if (larger := _larger(image)) > 1:
        size = max(1, round(width / larger)), max(1, round(height / larger))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        mask, ground = find_instrument(small, np.asarray(boxes, float) / larger)
        mask = cv2.resize(mask.astype(np.float32), (width, height)) > 0.5
        return mask.astype(np.uint8), cv2.resize(ground, (width, height))
    empty = np.ones((height, width), bool)
    within = np.zeros((height, width), bool)
    for x1, y1, x2, y2 in np.asarray(boxes, float).reshape(-1, 4):
        for area, margin, value in ((empty, _MARGIN, False), (within, 4, True)):
            left, top = max(int(x1 - margin), 0), max(int(y1 - margin), 0)
            area[top : max(int(y2 + margin) + 1, 0), left : max(int(x2 + margin) + 1, 0)] = value
    # Far from all that is empty the first ground may be wrong; a wide median is right there.
    side = 2 * int(min(height, width) * _MEDIAN_SHARE / 2) + 1  # odd, as OpenCV asks
    median = cv2.medianBlur(image, side).astype(np.float32)
    first = np.minimum(np.abs(image - ground_color(image, empty)), np.abs(image - median))
    different = (first.max(axis=2) > POSSIBLE).astype(np.uint8)
    near = cv2.dilate(different, np.ones((7, 7), np.uint8)) > 0
    ground = ground_color(image, ~near)
    differs = cv2.GaussianBlur(np.abs(image - ground).max(axis=2), (0, 0), _SOFT)
    return _solid(differs, within), ground


def ground_color(image: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """The color of the ground everywhere, (H, W, 3) float32, from where it can be seen.

    Args:
        image: (H, W, 3) uint8.
        empty: (H, W) bool, where nothing lies on the ground. Where that is too little for a fit,
            the ground is told from all pixels.
    """
    height, width = empty.shape
    y, x = np.mgrid[0:height, 0:width] / max(height, width) - 0.5
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    terms = np.stack([x**i * y**j for i, j in powers], axis=-1)
    coarse = np.zeros_like(empty)
    coarse[::_STEP, ::_STEP] = True
    if (empty & coarse).sum() < 4 * len(powers):
        empty = np.ones_like(empty)
    ground = np.empty(image.shape, np.float32)
    for channel in range(3):
        values, kept = image[..., channel].astype(float), empty
        for _ in range(_ROUNDS):
            at = kept & coarse
            smooth = terms @ np.linalg.lstsq(terms[at], values[at], rcond=None)[0]
            rest = values - smooth
            usual = 1.48 * np.median(np.abs(rest[at]))
            kept = empty & (np.abs(rest) < 3 * usual + 2)
        weight = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), _WIDE)
        rest = cv2.GaussianBlur(np.where(kept, rest, 0).astype(np.float32), (0, 0), _WIDE)
        ground[..., channel] = smooth + rest / np.maximum(weight, 0.05)
    return ground


def cut_layer(image: np.ndarray, mask: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The instrument alone, (H, W, 4) BGRA uint8, alpha not multiplied in.

    What shines through at its soft edge is taken out, so that no seam of the old ground shows on
    a new one.
    """
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT * _larger(image))[..., None]
    own = (image - (1 - alpha) * ground) / np.maximum(alpha, 0.05)
    layer = np.concatenate([own, 255 * alpha], axis=2)
    layer[alpha[..., 0] <= 0.05] = 0
    return np.clip(np.rint(layer), 0, 255).astype(np.uint8)


def _larger(image: np.ndarray) -> float:
    """How many times larger a picture is than what is looked at, 1 for smaller ones."""
    return max(1.0, min(image.shape[:2]) / WORKING)


def _solid(differs: np.ndarray, within: np.ndarray) -> np.ndarray:
    """(H, W) uint8: parts of an instrument, closed, without specks and beyond no box."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_AROUND, _AROUND))
    sure = (differs > SURE).astype(np.uint8)
    mask = ((differs > POSSIBLE) & (cv2.dilate(sure, disc) > 0)).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_CLOSED, _CLOSED))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc)
    count, parts, facts, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    holes = np.flatnonzero(facts[1:, cv2.CC_STAT_AREA] < _LARGEST_HOLE) + 1
    mask[np.isin(parts, holes)] = 1
    mask[~within] = 0
    count, parts, facts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    kept = np.flatnonzero(facts[1:, cv2.CC_STAT_AREA] > _SMALLEST) + 1
    return np.isin(parts, kept).astype(np.uint8)
