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


def reach(k: float) -> float:
    """Half diagonals from the principal point at which a barrel folds back; else infinite."""
    return float(1 / np.sqrt(-3 * k)) if k < 0 else np.inf


def bend(xy: np.ndarray, k: float, half_diagonal: float) -> np.ndarray:
    """(N, 2) points of the undistorted picture to the distorted one.

    Inverts ``straighten`` along the radius. Beyond where a barrel folds back, which is outside of
    the picture, points keep the factor that they have there.

    Source: the solutions of a cubic by sines, for one real root by hyperbolic ones (Viete).
    """
    if not k:
        return xy
    largest = max(k, 0.0)
    target = np.hypot(*xy.T) / half_diagonal * (1 + largest)
    c = 2 / np.sqrt(3 * abs(k))  # r + k r^3 = c / 3 sinh(3 a) for r = c sinh(a), k > 0
    if k < 0:
        target = np.minimum(target, c / 3)
        r = c * np.sin(np.arcsin(np.minimum(3 * target / c, 1)) / 3)
    else:
        r = c * np.sinh(np.arcsinh(3 * target / c) / 3)
    scale = np.divide(r, target, out=np.ones_like(r), where=target > 0)
    return xy * scale[:, None] * (1 + largest)
