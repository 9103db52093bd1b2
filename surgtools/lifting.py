"""What a lifter sees of an instrument: its keypoints as a camera would that looks at it, tips up.

Turning the camera takes nothing away: an answer in this view is turned back exactly. What is left
for the network is the shape alone.

Shapes: k keypoints of a category in its own order, K slots of the union layout.
"""

from dataclasses import dataclass

import numpy as np

from surgtools.taxonomy import Category

FEATURES = 4
"""Numbers per slot: x and y in sizes of the instrument, that size, and 1 for a seen keypoint."""

LEAST_SEEN = 3
"""An instrument of which fewer keypoints are seen is not lifted."""


@dataclass(frozen=True)
class LiftingView:
    """A camera that looks at one instrument.

    Attributes:
        rotation: (3, 3) from the frame of the picture's camera to that of this view.
        inputs: (k, FEATURES); zeros for what is not seen.
    """

    rotation: np.ndarray
    inputs: np.ndarray


def lifting_view(rays: np.ndarray, seen: np.ndarray, category: Category) -> LiftingView | None:
    """Turn the camera to an instrument.

    Args:
        rays: (k, 2) x / z, y / z of the keypoints in the frame of the camera.
        seen: (k,) bool, which of them count.

    Returns:
        None where fewer than ``LEAST_SEEN`` count, or all lie in one place.
    """
    seen = np.asarray(seen, dtype=bool)
    if seen.sum() < LEAST_SEEN:
        return None
    lines = np.column_stack([rays, np.ones(len(rays))])
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    middle = lines[seen].mean(axis=0)
    ahead = _towards(middle / np.linalg.norm(middle))
    rotation = _tips_up(_seen_in(ahead, lines), seen, category) @ ahead
    xy = _seen_in(rotation, lines)
    apart = xy[seen][:, None] - xy[seen][None]
    size = float(np.linalg.norm(apart, axis=2).max())
    if size < 1e-6:
        return None
    inputs = np.column_stack([xy / size, np.full(len(xy), size), np.ones(len(xy))])
    inputs[~seen] = 0
    return LiftingView(rotation, inputs)


def length_in_space(points: np.ndarray) -> float:
    """Largest distance between two of (k, 3) keypoints, in their unit."""
    return float(np.linalg.norm(points[:, None] - points[None], axis=2).max())


def from_root(points: np.ndarray) -> np.ndarray:
    """(k, 3) points as seen from the first keypoint of the category, the root."""
    return points - points[:1]


def _towards(sight: np.ndarray) -> np.ndarray:
    """(3, 3) the smallest turn that takes a unit vector to the z axis."""
    x, y, z = sight
    return np.array(
        [
            [1 - x * x / (1 + z), -x * y / (1 + z), -x],
            [-x * y / (1 + z), 1 - y * y / (1 + z), -y],
            [x, y, z],
        ]
    )


def _tips_up(xy: np.ndarray, seen: np.ndarray, category: Category) -> np.ndarray:
    """(3, 3) turn about the z axis after which the instrument points to the top of the picture."""
    base, tips = (
        [i for i in map(category.index, names) if seen[i]]
        for names in (category.base, category.tips)
    )
    if base and tips:
        axis = xy[tips].mean(axis=0) - xy[base].mean(axis=0)
    else:
        axis = xy[seen][-1] - xy[seen][0]
    length = np.hypot(*axis)
    if length < 1e-9:
        return np.eye(3)
    x, y = axis / length
    return np.array([[-y, x, 0], [-x, -y, 0], [0, 0, 1.0]])


def _seen_in(rotation: np.ndarray, lines: np.ndarray) -> np.ndarray:
    turned = lines @ rotation.T
    return turned[:, :2] / np.maximum(turned[:, 2:], 1e-6)
