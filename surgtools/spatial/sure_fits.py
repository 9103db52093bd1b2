"""Tell which fits may be told in millimeters: those that explain an instrument, and it only once.

A network gives every box keypoints. Where the box holds no instrument of the model, or the joined
parts of two, no pose shows them, or another find has the same ones and fits better.

Shapes: k keypoints of one category, N instances of one picture.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from surgtools.taxonomy import Category

FAR = 0.03
"""Share of the instrument's size in the picture: where half of the keypoints are further off, the
pose explains none of them. On rendered pictures 0.98 of the right instruments were nearer."""

SAME_PLACE = 0.05
"""Share of the size: keypoints of two finds that are nearer are one keypoint."""

MOST_SHARED = 1
"""Places where two crossing instruments may both have a keypoint. Closed jaws are one place."""


def explains(off: float, keypoints: np.ndarray) -> bool:
    """Whether a pose shows an instrument's keypoints where they were found.

    Args:
        off: pixels, see ``fit.Pose``.
        keypoints: (k, 2) pixels.
    """
    return off <= FAR * _size(keypoints)


def second_finds(
    categories: Sequence[Category], keypoints: Sequence[np.ndarray], offs: Sequence[float]
) -> set[int]:
    """Numbers of the instances whose keypoints are in part those of one that fits better.

    Args:
        categories, keypoints: of N instances.
        offs: by how many pixels the pose of each is off, see ``fit.Pose``.
    """
    doubles: set[int] = set()
    shares = [off / max(_size(own), 1e-9) for off, own in zip(offs, keypoints, strict=True)]
    for one, other in combinations(np.argsort(shares, kind="stable"), 2):  # the better one first
        if one in doubles or categories[one].id != categories[other].id:
            continue
        if _num_shared(categories[one], keypoints[one], keypoints[other]) > MOST_SHARED:
            doubles.add(int(other))
    return doubles


def _num_shared(category: Category, one: np.ndarray, other: np.ndarray) -> int:
    """In how many places both have a keypoint, whichever way their sides are named."""
    near = SAME_PLACE * min(_size(one), _size(other))
    orders = (np.arange(len(one)), np.array(category.flip_indices))
    apart = [np.linalg.norm(one - other[order], axis=1) for order in orders]
    places: list[np.ndarray] = []
    for point in one[np.min(apart, axis=0) < near]:
        if all(np.linalg.norm(point - place) >= near for place in places):
            places.append(point)
    return len(places)


def _size(keypoints: np.ndarray) -> float:
    return float(np.hypot(*np.ptp(keypoints, axis=0)))
