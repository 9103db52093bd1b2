"""The radial distortion of the generator's cameras, which its labels carry as one number.

``straight = bent * (1 + k r^2) / norm``, r measured from the principal point in half picture
diagonals; ``norm`` is 1 + k for k > 0, else 1, so that the corners never look outside the
undistorted picture.

Shapes: N points, in pixels from the principal point.
"""

import numpy as np


def straighten(xy: np.ndarray, k: float, half_diagonal: float) -> np.ndarray:
    """(..., 2) points of the distorted picture to where they lie in the undistorted one."""
    r2 = (xy**2).sum(axis=-1, keepdims=True) / half_diagonal**2
    return xy * (1 + k * r2) / (1 + max(k, 0.0))


def bend(xy: np.ndarray, k: float, half_diagonal: float) -> np.ndarray:
    """(N, 2) points of the undistorted picture to the distorted one.

    Inverts ``straighten`` along the radius by Newton's method.
    """
    if not k:
        return xy
    target = np.hypot(*xy.T) / half_diagonal * (1 + max(k, 0.0))
    # Beyond this radius a barrel folds back; such points are far outside of the picture.
    target = np.minimum(target, 0.66 / np.sqrt(-3 * k)) if k < 0 else target
    r = target.copy()
    for _ in range(8):
        r = r - (r * (1 + k * r**2) - target) / (1 + 3 * k * r**2)
    scale = np.divide(r, target, out=np.ones_like(r), where=target > 0)
    return xy * scale[:, None] * (1 + max(k, 0.0))
