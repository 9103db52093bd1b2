"""Find out which keypoints the camera sees, by a ray to each of them."""

from collections.abc import Callable

import numpy as np

Cast = Callable[[np.ndarray, np.ndarray], tuple[float, str] | None]
"""Origin and unit direction of a ray to distance and name of what it meets first."""

_SAME_SURFACE = 1e-4
"""Meters a hit may lie before the keypoint by rounding alone."""


def see_keypoints(
    cast: Cast,
    camera_center: np.ndarray,
    points: np.ndarray,
    radii: np.ndarray,
    owners: list[set[str]],
) -> np.ndarray:
    """Cast a ray from the camera to every keypoint.

    A keypoint lies inside the metal, so the ray meets the part that owns it shortly before; that
    part may be ``radii`` in front. Anything else hides it, the instrument's other arm included.

    Args:
        cast: what there is to meet, for example ``blender.ray_hit``.
        camera_center: (3,) world.
        points: (k, 3) world, meters.
        radii: (k,) meters.
        owners: for each keypoint the names of the objects that surround it.

    Returns:
        (k,) bool.
    """
    seen = np.ones(len(points), dtype=bool)
    for i, (point, radius, names) in enumerate(zip(points, radii, owners, strict=True)):
        ray = point - camera_center
        distance = np.linalg.norm(ray)
        hit = cast(camera_center, ray / distance)
        if hit is not None:
            slack = radius if hit[1] in names else _SAME_SURFACE
            seen[i] = hit[0] >= distance - slack
    return seen
