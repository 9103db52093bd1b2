"""Points around an instrument whose box stays tight when the picture is turned.

The corners of a turned box are far too wide for a thin tool: on rendered pictures warped as in
training, such boxes overlap the true ones by half.

Shapes: M outline points, k keypoints of a category. Pixels of the picture.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as rle

from surgtools.metainfo import get_instrument

MAX_MASK_POINTS = 256
"""Enough for a box within a pixel after any rotation, little enough to carry in every sample."""

STEPS = 9
"""Points along a bone, so that a part of it is left where the picture cuts it."""

DIRECTIONS = 8
"""Points around each of them."""

MAX_RADIUS = 0.15
"""An instrument is at most this thick around its keypoints, as a share of the box diagonal; where
the box ends farther away, a part without a keypoint lies between."""


def outline_of(annotation: Mapping[str, Any]) -> np.ndarray:
    """Outline (M, 2) of a COCO annotation, float32; empty without a mask or labelled keypoint.

    The border of the visible mask and all labelled keypoints, since the mask ends where the
    instrument is hidden. Without a mask, bones as thick as the box says, see ``bone_outline``.
    """
    keypoints = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
    borders = _mask_borders(annotation.get("segmentation"))
    if borders:
        points = np.concatenate([keypoints[keypoints[:, 2] > 0, :2], *borders])
    else:
        points = bone_outline(keypoints, annotation["bbox"], annotation["category_id"])
    return points.astype(np.float32)


def bone_outline(keypoints: np.ndarray, box: np.ndarray, category_id: int) -> np.ndarray:
    """Points around the bones of an instrument of which only keypoints and box are known.

    Around every keypoint it is as thick as the box leaves room for, and never thicker than at the
    widest place that the box shows: where a side is farthest from all keypoints.

    Args:
        keypoints: (k, 3) as x, y, v; those with v = 0 are not known.
        box: ``xywh``.
        category_id: whose bones.

    Returns:
        (M, 2); empty when no keypoint is known.
    """
    instrument = get_instrument(category_id)
    known = keypoints[:, 2] > 0
    if not known.any():
        return np.zeros((0, 2))
    box = np.asarray(box, dtype=float)
    points = keypoints[:, :2]
    to_sides = np.concatenate([points - box[:2], box[:2] + box[2:] - points], axis=1)
    short = np.clip(to_sides[known].min(axis=0), 0, None)
    limit = MAX_RADIUS * np.linalg.norm(box[2:])
    radii = np.clip(to_sides.min(axis=1), 0, short[short <= limit].max(initial=0))
    discs = np.column_stack([points, radii])
    lines = [discs[[a, b]] for a, b in instrument.skeleton_indices if known[a] and known[b]]
    for side in np.nonzero(short > limit)[0]:
        nearest = discs[np.argmin(np.where(known, to_sides[:, side], np.inf))]
        end = nearest.copy()
        end[side % 2] += (1 if side >= 2 else -1) * (short[side] - nearest[2])
        lines.append(np.stack([nearest, end]))
    along = np.linspace(0, 1, STEPS)[:, None]
    discs = np.concatenate([discs[known], *(a * (1 - along) + b * along for a, b in lines)])
    turns = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return (discs[:, None, :2] + discs[:, None, 2:] * circle).reshape(-1, 2)


def _mask_borders(segmentation: dict | list | None) -> list[np.ndarray]:
    if not segmentation:
        return []
    if isinstance(segmentation, list):  # polygons
        return [np.asarray(polygon, dtype=np.float32).reshape(-1, 2) for polygon in segmentation]
    if isinstance(segmentation["counts"], list):  # uncompressed RLE
        segmentation = rle.frPyObjects(segmentation, *segmentation["size"])
    borders, _ = cv2.findContours(
        rle.decode(segmentation), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    points = [border.reshape(-1, 2) for border in borders]
    step = 1 + sum(map(len, points)) // MAX_MASK_POINTS
    return [border[::step] for border in points]
