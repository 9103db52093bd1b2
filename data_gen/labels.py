"""Compute labels from geometry: keypoints, sides, boxes and masks, with numpy.

Shapes: k keypoints of one instrument, V vertices. Points are in the camera frame (x right, y down,
z forward, meters); pixels have their centers on integers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data_gen.camera import RenderCamera
from surgtools.annotations.masks import encode_mask
from surgtools.taxonomy import Category


def to_frame(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, 3) points moved by a (4, 4) rigid transform."""
    return np.asarray(points) @ matrix[:3, :3].T + matrix[:3, 3]


def is_inside(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """(N,) whether (N, 2) pixels lie in the picture."""
    return ((pixels >= -0.5) & (pixels < (width - 0.5, height - 0.5))).all(axis=-1)


def box_inside(pixels: np.ndarray, edges: np.ndarray, width: int, height: int) -> np.ndarray:
    """Tight ``xywh`` of the part of a body that lies in the picture, hidden or not.

    What the picture cuts off does not count: clipping the box of the whole body instead would
    leave empty corners in it.

    Args:
        pixels: (V, 2) vertices.
        edges: (E, 2) which of them are joined by a line.

    Returns:
        (4,) between the centers of the outer pixels; zeros when nothing lies inside.
    """
    start, along = pixels[edges[:, 0]], pixels[edges[:, 1]] - pixels[edges[:, 0]]
    limits = np.array([width - 1.0, height - 1.0])
    with np.errstate(divide="ignore", invalid="ignore"):  # an edge along a border crosses none
        crossings = np.stack([-start / along, (limits - start) / along])  # (2, E, 2)
    never = (along == 0) & ((start < 0) | (start > limits))
    low = np.where(along == 0, 0.0, crossings.min(axis=0)).max(axis=1).clip(0)
    high = np.where(along == 0, 1.0, crossings.max(axis=0)).min(axis=1).clip(None, 1)
    inside = (low <= high) & ~never.any(axis=1)
    if not inside.any():
        return np.zeros(4)
    ends = [(start + share[:, None] * along)[inside] for share in (low, high)]
    points = np.concatenate(ends).clip(0, limits)
    return np.concatenate([points.min(axis=0), np.ptp(points, axis=0)])


def share_inside(pixels: np.ndarray, width: int, height: int) -> float:
    """How much of the tight box of (V, 2) pixels lies in the picture, 0 to 1, by area."""
    size = np.maximum(np.ptp(pixels, axis=0), 1e-6)
    limits = (width - 1, height - 1)
    clipped = np.clip(pixels.max(axis=0), 0, limits) - np.clip(pixels.min(axis=0), 0, limits)
    return float(np.prod(clipped / size))


def label_keypoints(
    points: np.ndarray, seen: np.ndarray, category: Category, camera: RenderCamera
) -> tuple[np.ndarray, np.ndarray]:
    """Project keypoints and order their sides as they appear in the picture.

    Args:
        points: (k, 3) camera frame, own order, sides as the metal has them.
        seen: (k,) whether nothing lies between camera and keypoint.

    Returns:
        (k, 3) x, y, v with v 0 outside, 1 hidden, 2 visible, and the (k,) permutation that was
        applied, for other values per keypoint.
    """
    pixels = camera.project(points)
    order = category.order_sides(pixels)
    inside = is_inside(pixels, camera.width, camera.height)
    visibility = np.where(inside, np.where(seen, 2, 1), 0)
    keypoints = np.column_stack([pixels, visibility])[order]
    keypoints[keypoints[:, 2] == 0] = 0
    return keypoints, order


def label_distractors(index: np.ndarray, kinds: Mapping[int, str]) -> list[dict[str, Any]]:
    """What a picture shows besides its instruments: ``images[].distractors``.

    Boxes are of the visible pixels, because a network may only be told about what it sees. What
    shows no pixel is left out.

    Args:
        index: (H, W) which thing each pixel shows.
        kinds: name of the kind by number in ``index``; other numbers are none of them.

    Returns:
        ``{"name", "bbox"}`` each, ``xywh`` between the centers of the outer pixels, in the order
        of ``kinds``.
    """
    distractors = []
    for number, kind in kinds.items():
        rows, columns = np.nonzero(index == number)
        if len(rows):
            x, y = int(columns.min()), int(rows.min())
            size = [int(columns.max()) - x, int(rows.max()) - y]
            distractors.append({"name": kind, "bbox": [x, y, *size]})
    return distractors


def build_annotation(
    *,
    category_id: int,
    keypoints: np.ndarray,
    points: np.ndarray,
    bbox: np.ndarray,
    mask: np.ndarray | None,
    pose: np.ndarray,
    opening: float,
    **extra: Any,
) -> Mapping[str, Any]:
    """The arguments of ``CocoBuilder.add_annotation``, as plain JSON values.

    Args:
        keypoints: (k, 3) x, y, v, ordered by side.
        points: (k, 3) the same keypoints in the camera frame.
        mask: (H, W) visible pixels; None leaves the segmentation out.
        pose: (4, 4) model frame to camera frame.
        opening: radians.
    """
    return {
        "category_id": int(category_id),
        "keypoints": np.round(keypoints, 3).tolist(),
        "bbox": np.round(bbox, 3).tolist(),
        **({} if mask is None else {"segmentation": encode_mask(mask)}),
        "keypoints_3d": np.round(points, 6).tolist(),
        "opening_angle": round(float(opening), 5),
        "pose": np.round(pose, 6).tolist(),
        **extra,
    }
