"""Places of keypoints and boxes that contradict each other, in all annotations at once.

Every function takes arrays and returns a mask of the annotations, or of their keypoints, that
break one rule.

Shapes: N annotations of one category, k keypoints. Pixels, pixel centers on integers: a picture
of width w spans -0.5 to w - 0.5. Half a pixel more is allowed, because tools that count from the
pixel's corner write values up to w.
"""

import numpy as np

from surgtools.annotations.check.row_batches import Annotations
from surgtools.taxonomy import Category

EDGE_TOLERANCE = 1.0
"""Pixels a box or keypoint may lie beyond the picture's edge: rounding of other tools."""

BOX_TOLERANCE = (3.0, 0.02)
"""Pixels, and share of the box diagonal, a keypoint may lie outside its box."""

SIDE_TOLERANCE = (2.0, 0.005)
"""Pixels, and share of the axis, by which left may lie right of right: closed jaws."""

SAME_PLACE = 0.02
"""Two annotations whose keypoints and boxes agree to this share of the diagonal are one."""


def bad_visibility(keypoints: np.ndarray) -> np.ndarray:
    """(N,) True where some v is none of 0, 1, 2."""
    return ~np.isin(keypoints[:, :, 2], (0, 1, 2)).all(axis=1)


def placed_unlabelled(keypoints: np.ndarray) -> np.ndarray:
    """(N,) True where a keypoint with v = 0 has a place; COCO writes 0, 0."""
    return ((keypoints[:, :, 2] == 0) & (keypoints[:, :, :2] != 0).any(axis=2)).any(axis=1)


def outside_image(keypoints: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(N, k) True where a keypoint with v > 0 is not on the picture; ``sizes`` (N, 2) as w, h."""
    xy = keypoints[:, :, :2]
    inside = (xy >= -EDGE_TOLERANCE) & (xy <= sizes[:, None] - 1 + EDGE_TOLERANCE)
    return (keypoints[:, :, 2] > 0) & ~inside.all(axis=2)


def outside_box(keypoints: np.ndarray, bboxes: np.ndarray) -> np.ndarray:
    """(N, k) True where a keypoint with v > 0 is not in its box."""
    pixels, share = BOX_TOLERANCE
    margin = np.maximum(pixels, share * np.hypot(bboxes[:, 2], bboxes[:, 3]))[:, None, None]
    low, high = bboxes[:, None, :2], bboxes[:, None, :2] + bboxes[:, None, 2:]
    xy = keypoints[:, :, :2]
    inside = (xy >= low - margin) & (xy <= high + margin)
    return (keypoints[:, :, 2] > 0) & ~inside.all(axis=2)


def box_excess(bboxes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(N,) pixels by which a box leaves its picture, 0 or less where it does not."""
    beyond = np.concatenate([-bboxes[:, :2], bboxes[:, :2] + bboxes[:, 2:] - sizes], axis=1)
    return beyond.max(axis=1, initial=-np.inf)


def exchanged_sides(keypoints: np.ndarray, instrument: Category) -> np.ndarray:
    """(N, P) True where a left/right pair clearly breaks the image-side rule.

    The same axis as ``Category.side_offsets``, for N instances at once. Pairs that are not
    labelled, or whose axis is not, cannot be judged and count as kept.

    Args:
        keypoints: (N, k, 3) in the order of the category.

    Returns:
        One column for each of the P pairs of ``instrument.swaps``.
    """
    xy, labelled = keypoints[:, :, :2], keypoints[:, :, 2] > 0
    base = [instrument.index(name) for name in instrument.base]
    tips = [instrument.index(name) for name in instrument.tips]
    start, end = instrument.axis_ends(xy)
    axis = end - start
    length = np.hypot(axis[:, 0], axis[:, 1])
    known = labelled[:, base + tips].all(axis=1) & (length > 0)
    right = np.stack([-axis[:, 1], axis[:, 0]], axis=1) / np.where(length > 0, length, 1)[:, None]
    offsets = ((xy - start[:, None]) * right[:, None]).sum(axis=2)
    pixels, share = SIDE_TOLERANCE
    tolerance = np.maximum(pixels, share * length)
    wrong = []
    for left_name, right_name in instrument.swaps:
        i, j = instrument.index(left_name), instrument.index(right_name)
        judged = known & labelled[:, i] & labelled[:, j]
        wrong.append(judged & (offsets[:, i] - offsets[:, j] > tolerance))
    return np.stack(wrong, axis=1) if wrong else np.zeros((len(xy), 0), dtype=bool)


def repeated(table: Annotations) -> np.ndarray:
    """(N,) for each annotation the row of an earlier, practically equal one, or -1.

    Annotations of one picture are sorted by place and compared with the next, which finds copies
    in near-linear time.
    """
    found = np.full(len(table.ids), -1, dtype=np.int64)
    order = np.lexsort((table.bboxes[:, 1], table.bboxes[:, 0], table.image_ids))
    a, b = order[:-1], order[1:]
    diagonal = np.hypot(table.bboxes[a, 2], table.bboxes[a, 3])
    boxes = np.abs(table.bboxes[a] - table.bboxes[b]).max(axis=1, initial=0)
    points = np.abs(table.keypoints[a, :, :2] - table.keypoints[b, :, :2])
    same = table.image_ids[a] == table.image_ids[b]
    same &= np.maximum(boxes, points.max(axis=(1, 2), initial=0)) <= SAME_PLACE * diagonal
    later = table.rows[b] > table.rows[a]
    found[np.where(later, b, a)[same]] = np.where(later, table.rows[a], table.rows[b])[same]
    return found
