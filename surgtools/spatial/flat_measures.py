"""What keypoints say of an instrument without a camera: how far the picture shows it open.

Both numbers are those of the picture: an instrument that leans towards the camera looks shorter,
and the angle of its jaws looks wider or narrower than it is.

Shapes: k keypoints of one category, own order.
"""

import numpy as np

from surgtools.taxonomy import Category


def opening_shown(category: Category, keypoints: np.ndarray) -> float | None:
    """Angle between the two tips, seen from the one keypoint that has no partner; radians.

    Returns:
        None where the category has not two tips, or not one such keypoint.
    """
    pivot = category.pivot
    if pivot is None or len(category.tips) != 2:
        return None
    a, b = (keypoints[category.index(name)] - keypoints[pivot] for name in category.tips)
    if not (np.hypot(*a) > 0 and np.hypot(*b) > 0):
        return None
    return float(abs(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b)))


def gap_per_length(category: Category, keypoints: np.ndarray) -> float | None:
    """Distance of the two tips over the length of the axis, from ``base`` to ``tips``.

    Returns:
        None where the category has not two tips, or the axis no length.
    """
    if len(category.tips) != 2:
        return None
    base, middle = category.axis_ends(keypoints)
    a, b = (keypoints[category.index(name)] for name in category.tips)
    length = float(np.hypot(*(middle - base)))
    return float(np.hypot(*(b - a))) / length if length > 0 else None
