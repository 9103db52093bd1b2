"""Find points around an instrument, so that its box stays tight when the picture is turned.

The corners of a turned box are far too wide for a thin tool.

Shapes: M outline points, k keypoints of a category. Pixels of the picture.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from surgtools.annotations.masks import decode_mask
from surgtools.boxes import xywh_to_xyxy
from surgtools.taxonomy import SURGICAL, Taxonomy

MAX_MASK_POINTS = 256
"""Enough for a box within a pixel after any rotation, little enough to carry in every sample."""

GAP = 0.01
"""Farthest from one point to the next, as a share of the instrument's size: where the picture cuts
an instrument, its box ends with the last point inside."""

DIRECTIONS = 8
"""Points around each place along a bone."""

MAX_RADIUS = 0.15
"""An instrument is at most this thick around its keypoints, as a share of the box diagonal; where
the box ends farther away, a part without a keypoint lies between."""


def outline_of(annotation: Mapping[str, Any], taxonomy: Taxonomy = SURGICAL) -> np.ndarray:
    """Outline (M, 2) of a COCO annotation, float32; empty without a mask or labelled keypoint.

    The border of the visible mask, and around what it does not show the bones, as thick as the
    box leaves room for. It touches all four sides of the box, as the instrument does.
    """
    keypoints = np.array(annotation.get("keypoints") or [], dtype=float).reshape(-1, 3)
    box = xywh_to_xyxy(annotation["bbox"])
    corners = [box.reshape(2, 2), keypoints[keypoints[:, 2] > 0, :2], *_polygons(annotation)]
    # Of everything, for a box may be far smaller than what it should hold.
    gap = GAP * float(np.linalg.norm(np.ptp(np.concatenate(corners), axis=0)))
    borders = _mask_borders(annotation, gap)
    unseen = np.ones(len(keypoints), bool) if not borders else keypoints[:, 2] == 1
    skeleton = taxonomy.get(annotation["category_id"]).skeleton_indices
    bones = _bones(keypoints, unseen, box, skeleton, gap)
    points = np.concatenate([keypoints[keypoints[:, 2] > 0, :2], bones, *borders])
    if not len(points):
        return np.zeros((0, 2), np.float32)
    return np.concatenate([points, _to_sides(points, box, gap)]).astype(np.float32)


def _bones(
    keypoints: np.ndarray,
    unseen: np.ndarray,
    box: np.ndarray,
    skeleton: list[tuple[int, int]],
    gap: float,
) -> np.ndarray:
    """Points around the unseen keypoints and the bones that end there.

    Around a keypoint the instrument is as thick as the box leaves room for, and never thicker
    than at the widest place that the box shows: where a side is farthest from all keypoints.

    Args:
        keypoints: (k, 3) as x, y, v; those with v = 0 are not known.
        unseen: (k,) which of them no mask shows.
        box: (4,) xyxy.
        skeleton: the bones, as pairs of positions in ``keypoints``.
        gap: pixels from one point to the next.

    Returns:
        (M, 2).
    """
    known = keypoints[:, 2] > 0
    if not (known & unseen).any():
        return np.zeros((0, 2))
    points = keypoints[:, :2]
    room = np.concatenate([points - box[:2], box[2:] - points], axis=1)
    widest = np.clip(room[known].min(axis=0), 0, None)
    diagonal = float(np.linalg.norm(box[2:] - box[:2]))
    widest = widest[widest <= MAX_RADIUS * diagonal].max(initial=0)
    discs = np.column_stack([points, np.clip(room.min(axis=1), 0, widest)])
    bones = [
        discs[[a, b]] for a, b in skeleton if known[a] and known[b] and (unseen[a] or unseen[b])
    ]
    discs = np.concatenate([discs[known & unseen], *(_line(*bone, gap) for bone in bones)])
    turns = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return (discs[:, None, :2] + discs[:, None, 2:] * circle).reshape(-1, 2)


def _to_sides(points: np.ndarray, box: np.ndarray, gap: float) -> np.ndarray:
    """Lines from the outermost points (M, 2) to where the box ends."""
    lines = []
    for axis in (0, 1):
        for outermost, side in ((points[:, axis].argmin(), 0), (points[:, axis].argmax(), 2)):
            end = points[outermost].copy()
            end[axis] = box[side + axis]
            lines.append(_line(points[outermost], end, gap))
    return np.concatenate(lines)


def _line(start: np.ndarray, end: np.ndarray, gap: float) -> np.ndarray:
    """(n, d) evenly from one (d,) to the other, x and y of neighbors at most ``gap`` apart."""
    count = 2 + int(np.abs(end - start)[:2].max() / max(gap, 1e-6))
    return start + (end - start) * np.linspace(0, 1, count)[:, None]


def _polygons(annotation: Mapping[str, Any]) -> list[np.ndarray]:
    segmentation = annotation.get("segmentation")
    if not isinstance(segmentation, list):
        return []
    return [np.asarray(polygon, dtype=float).reshape(-1, 2) for polygon in segmentation]


def _mask_borders(annotation: Mapping[str, Any], gap: float) -> list[np.ndarray]:
    segmentation = annotation.get("segmentation")
    if not isinstance(segmentation, dict):
        return [
            _line(start, end, gap)
            for polygon in _polygons(annotation)
            for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True)
        ]
    borders, _ = cv2.findContours(
        decode_mask(annotation), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    points = [border.reshape(-1, 2) for border in borders]
    step = 1 + sum(map(len, points)) // MAX_MASK_POINTS
    return [border[::step] for border in points]
