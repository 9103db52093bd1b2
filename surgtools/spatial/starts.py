"""Poses from which a fit begins: closed-form ones at several openings, and a pose's mirror image.

Keypoints of an instrument lie nearly in one plane. Seen from afar, a plane that leans towards the
camera looks like one that leans away by as much, so most pictures have two poses that fit.

Shapes: k keypoints, P parameters of a pose: rotation vector (3), translation (3, meters), opening
(radians).

Sources: Collins and Bartoli, Infinitesimal Plane-based Pose Estimation, 2014 (IPPE); Terzakis and
Lourakis, A Consistently Fast and Globally Optimal Solution to the PnP Problem, 2020 (SQPnP).
"""

from collections.abc import Iterator

import cv2
import numpy as np

from surgtools.spatial.instrument_model import SpatialModel
from surgtools.taxonomy import Category

NUM_OPENINGS = 4
_FLAT = 0.03
"""An instrument that is thinner than this share of its length counts as a plane."""

_SAME = 0.01
"""Halves that differ by less than this share of the length count as mirror images."""


def start_poses(
    model: SpatialModel, orders: list[np.ndarray], rays: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Candidates as (P,) parameters and the (k,) order of the model's points they are for.

    Args:
        orders: see ``side_orders``.
        rays: (k, 2) x / z, y / z of the observed keypoints.
    """
    low, high = model.openings[[0, -1]]
    openings = [low] if model.is_rigid else np.linspace(low, high, NUM_OPENINGS)
    for opening in openings:
        points = model.at(opening)[0]
        for order in orders:
            for turn, shift in _solve(points[order], rays):
                yield np.array([*turn, *shift, opening]), order


def side_orders(model: SpatialModel, category: Category) -> list[np.ndarray]:
    """In which orders the model's points can stand in a picture that names sides itself.

    Seen from behind, all left and right keypoints have traded places. Where both halves are alike
    this is the same as turning the instrument over, and one order is enough.
    """
    same = np.arange(len(model.keypoints))
    swapped = np.array(category.flip_indices)
    if not category.image_sides or (same == swapped).all():
        return [same]
    over = model.points[:, swapped] * (-1, 1, -1)
    alike = np.abs(over - model.points).max() < _SAME * model.length
    return [same] if alike else [same, swapped]


def mirrored(parameters: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The pose of a flat instrument that looks nearly the same: it leans the other way.

    Args:
        parameters: (P,) of the known pose.
        points: (k, 3) of the model at its opening.
    """
    rotation = cv2.Rodrigues(parameters[:3])[0]
    middle = points.mean(axis=0)
    center = rotation @ middle + parameters[3:6]
    sight = center / np.linalg.norm(center)
    other = (np.eye(3) - 2 * np.outer(sight, sight)) @ rotation @ np.diag([1.0, 1.0, -1.0])
    turn = cv2.Rodrigues(other)[0].ravel()
    return np.array([*turn, *(center - other @ middle), parameters[6]])


def _solve(points: np.ndarray, rays: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    flat = np.ptp(points[:, 2]) < _FLAT * np.ptp(points[:, :2], axis=0).max()
    given = points.copy()
    if flat:
        given[:, 2] = points[:, 2].mean()
    flag = cv2.SOLVEPNP_IPPE if flat else cv2.SOLVEPNP_SQPNP
    try:
        _, turns, shifts, _ = cv2.solvePnPGeneric(given, rays, np.eye(3), None, flags=flag)
    except cv2.error:  # points on one line
        return
    for turn, shift in zip(turns, shifts, strict=True):
        if np.isfinite(turn).all() and np.isfinite(shift).all() and shift[2] > 0:
            yield turn.ravel(), shift.ravel()
