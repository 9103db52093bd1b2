"""Keypoints at the border of the picture: there, or beyond it, and nobody knows how far.

Networks set what lies outside of the picture to its border, where the instrument leaves it, and
are as sure of it as of any other keypoint. Such a keypoint says only that the instrument reaches
the border.

Shapes: k keypoints of one instrument.
"""

import numpy as np

from surgtools.camera import Camera

NEAR_BORDER = 0.02
"""Share of the instrument's size: a keypoint that is nearer to the border may lie beyond it."""


def at_border(keypoints: np.ndarray, size: float, camera: Camera) -> np.ndarray:
    """(k,) whether a keypoint is so near to the border that it may lie beyond it.

    Args:
        keypoints: (k, 2) pixels.
        size: of the instrument in the picture, pixels.
        camera: of the picture.
    """
    ends = np.array([camera.width - 1, camera.height - 1])
    return np.minimum(keypoints, ends - keypoints).min(axis=1) < NEAR_BORDER * size


def ways_out(
    keypoints: np.ndarray, size: float, camera: Camera, pivot: int | None = None
) -> np.ndarray:
    """(k, 2) unit vectors in which the instrument may go on at a keypoint; 0 where it does not.

    Args:
        keypoints, size, camera: see ``at_border``.
        pivot: the keypoint from which all parts go out. They go on in the direction from there,
            or from the middle of the others where it is not given or lies at the border itself.
    """
    cut = at_border(keypoints, size, camera)
    ways = np.zeros((len(keypoints), 2))
    if cut.any() and not cut.all():
        rays = camera.undistort(keypoints)
        inside = pivot is not None and not cut[pivot]
        ways[cut] = rays[cut] - (rays[pivot] if inside else rays[~cut].mean(axis=0))
    return ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
