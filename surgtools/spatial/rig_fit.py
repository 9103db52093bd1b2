"""Find the pose and the opening of a known instrument from what several cameras see of it.

Triangulation places every keypoint alone. A known instrument has seven unknowns instead of three
for each keypoint, so that one that a view sets wrongly, or that is hidden, is held by the others.

Shapes: C cameras, k keypoints in the category's own order, P = 7 parameters: rotation vector (3),
translation (3, millimeters of the rig), opening (radians).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from surgtools.spatial.expected_noise import NOISE_WORTH
from surgtools.spatial.instrument_model import SpatialModel
from surgtools.spatial.residuals import soft, soft_slope
from surgtools.spatial.rig import RigCamera
from surgtools.spatial.starts import NUM_OPENINGS, side_orders
from surgtools.spatial.triangulation import undistorted
from surgtools.taxonomy import Category

MILLIMETERS = 1000.0
"""Of a meter: models are meters, rigs millimeters."""

FITS = 0.7
"""Misfit up to which an instrument is that of the model. On rendered scenes the right one had 0.6
at most, one of other needle holders 1.4 at the median, and clamps had 0.5 to 2.2."""

FAR = 0.09
"""Share of the instrument's size in the pictures. Where half of the keypoints are further off, the
pose explains none of them, however unsure the network was. On the same scenes that is 3 of 294
right instruments, and 5 of 14 that are none of the scene's."""

UNMARKED = 3.0
"""By how much more a keypoint with a bone on both sides is expected to be off, as that in the
middle of an arm: no mark shows where it lies along the two."""

_SLACK = 0.02  # radians beyond the ends of the opening, at which the fit turns back


@dataclass(frozen=True)
class RigPose:
    """How a known instrument lies in the frame of the rig.

    Attributes:
        points: (k, 3) keypoints, millimeters; sides as in the first view.
        covariances: (k, 3, 3) of them.
        opening: radians.
        misfit: root mean square of what is left over, in errors that are expected.
        off: how far keypoints are off at the median, as a share of the size in the pictures.
    """

    points: np.ndarray
    covariances: np.ndarray
    opening: float
    misfit: float
    off: float

    @property
    def fits(self) -> bool:
        """Whether the instrument is that of the model."""
        return self.misfit <= FITS and self.off <= FAR


def fit_in_rig(
    model: SpatialModel,
    category: Category,
    cameras: Sequence[RigCamera],
    pixels: np.ndarray,
    noise: np.ndarray,
    points: np.ndarray,
) -> RigPose | None:
    """The pose that fits all views best; None where there is none.

    Args:
        pixels: (C, k, 2), sides as in the first view.
        noise: (C, k) expected errors, pixels.
        points: (k, 3) as triangulated, to start from.
    """
    from scipy.optimize import least_squares

    fits = []
    noise = noise * np.where(_num_bones(category) == 2, UNMARKED, 1.0)
    for order in side_orders(model, category):
        problem = _Problem(model, cameras, pixels, noise, order)
        starts = problem.starts(points)
        if not starts:
            continue
        start = min(starts, key=lambda own: float((problem.residuals(own) ** 2).sum()))
        done = least_squares(
            problem.residuals, start, problem.jacobian, method="lm", xtol=1e-6, ftol=1e-6,
            x_scale=[0.1] * 3 + [10.0] * 3 + [0.1], max_nfev=60,
        )  # fmt: skip
        if np.isfinite(done.x).all():
            fits.append((float(done.cost), problem, done.x))
    if not fits:
        return None
    _, problem, parameters = min(fits, key=lambda fit: fit[0])
    return problem.pose(parameters)


class _Problem:
    def __init__(
        self,
        model: SpatialModel,
        cameras: Sequence[RigCamera],
        pixels: np.ndarray,
        noise: np.ndarray,
        order: np.ndarray,
    ) -> None:
        self.model, self.order = model, order
        sizes = np.hypot(*np.moveaxis(np.ptp(pixels, axis=1), 1, 0))[:, None]
        noise = np.hypot(noise, model.spread / model.length * sizes)
        focals = np.array([camera.camera.focal for camera in cameras])
        self._weights = (focals[:, None] / noise)[:, :, None]
        self._per_size = focals[:, None] / np.maximum(sizes, 1e-9)
        self._rays = undistorted(cameras, pixels)
        self._turns = np.array([camera.turn for camera in cameras])
        self._shifts = np.array([camera.shift for camera in cameras])

    def starts(self, points: np.ndarray) -> list[np.ndarray]:
        """The model laid onto (k, 3) triangulated points, at several openings."""
        there = np.isfinite(points).all(axis=1)
        if there.sum() < 3:
            return []
        low, high = self.model.openings[[0, -1]]
        openings = [low] if self.model.is_rigid else np.linspace(low, high, NUM_OPENINGS)
        weights = (self._weights[:, there, 0] ** 2).sum(axis=0)
        found = []
        for opening in openings:
            own = MILLIMETERS * self.model.at(opening)[0][self.order]
            turn, shift = _laid_onto(own[there], points[there], weights)
            found.append(np.array([*cv2.Rodrigues(turn)[0].ravel(), *shift, opening]))
        return found

    def points(self, parameters: np.ndarray) -> np.ndarray:
        """(k, 3) in the frame of the rig."""
        own = MILLIMETERS * self.model.at(parameters[6])[0][self.order]
        return own @ cv2.Rodrigues(parameters[:3])[0].T + parameters[3:6]

    def moves(self, parameters: np.ndarray) -> np.ndarray:
        """(k, 3, P) derivatives of ``points``."""
        own, slope = (MILLIMETERS * part[self.order] for part in self.model.at(parameters[6]))
        rotation, turns = cv2.Rodrigues(parameters[:3])
        moves = np.zeros((len(own), 3, 7))
        moves[:, :, :3] = np.einsum("aij,kj->kia", turns.reshape(3, 3, 3), own)
        moves[:, :, 3:6] = np.eye(3)
        moves[:, :, 6] = slope @ rotation.T
        return moves

    def left(self, parameters: np.ndarray) -> np.ndarray:
        """(2Ck,) what is left over, over what is expected."""
        inside, depth = self._inside(parameters)
        return ((inside[:, :, :2] / depth - self._rays) * self._weights).ravel()

    def off(self, parameters: np.ndarray) -> float:
        """See ``RigPose``."""
        inside, depth = self._inside(parameters)
        apart = np.linalg.norm(inside[:, :, :2] / depth - self._rays, axis=2) * self._per_size
        return float(np.median(np.sqrt((apart**2).mean(axis=0))))

    def residuals(self, parameters: np.ndarray) -> np.ndarray:
        """(2Ck + 1,) the same, outliers softened, and by how much the opening leaves its range."""
        return np.append(soft(self.left(parameters)), self._beyond(parameters[6]) / _SLACK)

    def jacobian(self, parameters: np.ndarray) -> np.ndarray:
        """(2Ck + 1, P) derivatives of ``residuals``."""
        inside, depth = self._inside(parameters)
        moves = np.einsum("cij,kjp->ckip", self._turns, self.moves(parameters))
        seen = inside[:, :, :2] / depth
        slopes = (moves[:, :, :2] - seen[..., None] * moves[:, :, 2:]) / depth[..., None]
        slopes = (slopes * self._weights[..., None]).reshape(-1, 7)
        edge = np.zeros((1, 7))
        if self.model.is_rigid or self._beyond(parameters[6]):
            edge[0, 6] = 1 / _SLACK
        return np.vstack([slopes * soft_slope(self.left(parameters))[:, None], edge])

    def pose(self, parameters: np.ndarray) -> RigPose:
        left, jacobian = self.left(parameters), self.jacobian(parameters)
        freedom = left.size - (6 if self.model.is_rigid else 7)
        cost = float((soft(left) ** 2).sum())
        scale = (NOISE_WORTH + cost) / (NOISE_WORTH + freedom)
        information = jacobian.T @ jacobian + np.diag([0.0] * 6 + [1.0])
        covariance = scale * np.linalg.pinv(information, hermitian=True)
        moves = self.moves(parameters)
        return RigPose(
            points=self.points(parameters),
            covariances=np.einsum("kip,pq,kjq->kij", moves, covariance, moves),
            opening=float(np.clip(parameters[6], *self.model.openings[[0, -1]])),
            misfit=float(np.sqrt(cost / max(freedom, 1))),
            off=self.off(parameters),
        )

    def _inside(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(C, k, 3) points in the frames of the cameras, and (C, k, 1) how far before them."""
        points = self.points(parameters)
        inside = np.einsum("cij,kj->cki", self._turns, points) + self._shifts[:, None]
        return inside, np.maximum(inside[:, :, 2:], 1.0)

    def _beyond(self, opening: float) -> float:
        low, high = self.model.openings[[0, -1]]
        return float(opening - min(max(opening, low), high))


def _num_bones(category: Category) -> np.ndarray:
    """(k,) bones that end at each keypoint."""
    ends = np.array(category.skeleton_indices, dtype=int).ravel()
    return np.bincount(ends, minlength=category.num_keypoints)


def _laid_onto(
    own: np.ndarray, points: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn and shift that bring (n, 3) points nearest to others.

    Source: Kabsch, A solution for the best rotation to relate two sets of vectors, 1976.
    """
    share = (weights / weights.sum())[:, None]
    middle, aim = (share * own).sum(axis=0), (share * points).sum(axis=0)
    u, _, vt = np.linalg.svd((share * (own - middle)).T @ (points - aim))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u @ flip @ vt).T
    return turn, aim - turn @ middle
