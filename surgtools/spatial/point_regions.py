"""How sure a point is that several cameras see: what their keypoints allow, and where they differ.

Shapes: C cameras, N points.
"""

from collections.abc import Sequence

import numpy as np

from surgtools.spatial.expected_noise import NOISE_WORTH
from surgtools.spatial.rig import RigCamera
from surgtools.spatial.triangulation import left_over, undistorted

FIT_ALLOWS = 2.0
"""Expected errors are those of a fit, which allows for models of other measures: twice those of
the keypoints alone, and here no model is needed."""


def point_covariances(
    cameras: Sequence[RigCamera], pixels: np.ndarray, points: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Covariance of every point, in the squared unit of the rig.

    It grows where cameras stand close together, where keypoints are unsure, and where views miss
    each other by more than expected. Keypoints that are wrong in all views alike leave no trace.

    Args:
        pixels: (C, N, 2); NaN where a camera does not see a point.
        points: (N, 3) as triangulated.
        noise: (C, N) see ``expected_noise``, pixels.

    Returns:
        (N, 3, 3); NaN of a point that has no place.
    """
    rays = undistorted(cameras, np.asarray(pixels, dtype=float))
    covariances = np.full((len(points), 3, 3), np.nan)
    for n, point in enumerate(points):
        seen = np.flatnonzero(np.isfinite(rays[:, n]).all(axis=1))
        if len(seen) < 2 or not np.isfinite(point).all():
            continue
        poses = np.array([cameras[i].pose for i in seen])
        focals = np.array([cameras[i].camera.focal for i in seen])
        left, slopes = left_over(poses, rays[seen, n], focals, point)
        expected = noise[seen, n] / FIT_ALLOWS
        left, slopes = left / expected[:, None], slopes / expected[:, None, None]
        information = np.einsum("cij,cik->jk", slopes, slopes)
        scale = (NOISE_WORTH + (left**2).sum()) / (NOISE_WORTH + left.size - 3)
        covariances[n] = scale * np.linalg.pinv(information, hermitian=True)
    return covariances
