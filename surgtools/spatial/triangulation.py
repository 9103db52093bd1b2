"""From pixels of several cameras to points in space.

Linear least squares on the rays (DLT), then a refinement in pixels that outliers hardly move.

Shapes: C cameras, N points. NaN pixels were not seen.

Source: Hartley and Zisserman, Multiple View Geometry, 2004, section 12.2.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from surgtools.spatial.rig import RigCamera

OUTLIER_PX = 5.0
"""Pixels from which on a view pulls less."""

_STEPS = 10


def triangulate(
    cameras: Sequence[RigCamera], pixels: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Points seen by two cameras or more.

    Args:
        pixels: (C, N, 2); NaN where a camera does not see a point.
        weights: (C, N) how much a view counts; all the same when None.

    Returns:
        (N, 3); NaN where fewer than two cameras see a point.
    """
    pixels = np.asarray(pixels, dtype=float)
    weights = np.ones(pixels.shape[:2]) if weights is None else np.asarray(weights, dtype=float)
    rays = undistorted(cameras, pixels)
    points = np.full((pixels.shape[1], 3), np.nan)
    for n in range(len(points)):
        seen = np.flatnonzero(np.isfinite(rays[:, n]).all(axis=1) & (weights[:, n] > 0))
        if len(seen) >= 2:
            own = [cameras[i] for i in seen]
            points[n] = _point(own, rays[seen, n], weights[seen, n])
    return points


def triangulate_linear(cameras: Sequence[RigCamera], pixels: np.ndarray) -> np.ndarray:
    """The same by linear least squares alone: (C, N, 2) to (N, 3)."""
    rays = undistorted(cameras, np.asarray(pixels, dtype=float))
    points = np.full((rays.shape[1], 3), np.nan)
    for n in range(len(points)):
        seen = np.flatnonzero(np.isfinite(rays[:, n]).all(axis=1))
        if len(seen) >= 2:
            points[n] = _linear([cameras[i].pose for i in seen], rays[seen, n])
    return points


def reprojection_errors(
    cameras: Sequence[RigCamera], pixels: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """(C, N) pixels between where points are seen and where they would be."""
    shown = np.array([camera.project(points) for camera in cameras])
    return np.linalg.norm(shown - pixels, axis=2)


def undistorted(cameras: Sequence[RigCamera], pixels: np.ndarray) -> np.ndarray:
    """(C, N, 2) pixels to x / z, y / z of the rays; NaN stays NaN."""
    rays = np.full(pixels.shape, np.nan)
    for own, seen, ray in zip(cameras, pixels, rays, strict=True):
        there = np.isfinite(seen).all(axis=1)
        ray[there] = own.camera.undistort(seen[there])
    return rays


def left_over(
    poses: np.ndarray, rays: np.ndarray, focals: np.ndarray, point: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a point leaves over in the pictures of c cameras, as if these were not bent.

    Args:
        poses: (c, 3, 4) turn and shift of the cameras.
        rays: (c, 2) x / z, y / z of where they see the point.
        focals: (c,) pixels.
        point: (3,).

    Returns:
        (c, 2) pixels, and their (c, 2, 3) derivatives by the point.
    """
    inside = poses[:, :, :3] @ point + poses[:, :, 3]
    depth = np.where(np.abs(inside[:, 2:]) < 1e-9, 1e-9, inside[:, 2:])
    seen = inside[:, :2] / depth
    slopes = (poses[:, :2, :3] - seen[:, :, None] * poses[:, 2:, :3]) / depth[:, :, None]
    return (seen - rays) * focals[:, None], slopes * focals[:, None, None]


def _point(cameras: list[RigCamera], rays: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """One point from c rays: the best of all views and of every two, refined."""
    poses = [camera.pose for camera in cameras]
    focals = np.array([camera.camera.focal for camera in cameras])
    groups = [tuple(range(len(rays)))]
    if len(rays) > 2:  # one wrong view must not spoil the start
        groups += list(combinations(range(len(rays)), 2))
    starts = [_linear([poses[i] for i in group], rays[list(group)]) for group in groups]
    stacked = np.array(poses)

    def cost(point: np.ndarray) -> float:
        size = np.linalg.norm(left_over(stacked, rays, focals, point)[0], axis=1)
        bent = np.where(size < OUTLIER_PX, size**2, OUTLIER_PX * (2 * size - OUTLIER_PX))
        return float((weights * bent).sum())

    point = min(starts, key=cost)
    for _ in range(_STEPS):
        left, slopes = left_over(stacked, rays, focals, point)
        size = np.linalg.norm(left, axis=1)
        pull = weights * np.minimum(1, OUTLIER_PX / np.maximum(size, 1e-9))
        normal = np.einsum("c,cij,cik->jk", pull, slopes, slopes)
        try:
            step = np.linalg.solve(normal, np.einsum("c,cij,ci->j", pull, slopes, left))
        except np.linalg.LinAlgError:
            break
        moved = point - step
        if not np.isfinite(moved).all() or cost(moved) > cost(point):
            break
        point = moved
        if np.linalg.norm(step) < 1e-9 * max(1.0, float(np.linalg.norm(point))):
            break
    return point


def _linear(poses: Sequence[np.ndarray], rays: np.ndarray) -> np.ndarray:
    rows = []
    for pose, (x, y) in zip(poses, rays, strict=True):
        rows += [x * pose[2] - pose[0], y * pose[2] - pose[1]]
    solution = np.linalg.svd(np.array(rows))[2][-1]
    return solution[:3] / (solution[3] if solution[3] else 1e-12)
