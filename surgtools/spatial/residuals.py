"""What a pose leaves unexplained of a picture's keypoints, and how that changes with the pose.

Shapes: k keypoints, P = 7 parameters: rotation vector (3), translation (3, meters), opening
(radians).
"""

import cv2
import numpy as np

from surgtools.spatial.instrument_model import SpatialModel

NEAR = 1e-3
"""Meters that everything keeps from the camera."""

ACROSS = 0.1
"""What a keypoint at the border counts across its way out, which is known roughly. Without it
nothing is known of the opening where both tips lie there."""

_OUTLIER = 4.0  # standard deviations from which on a keypoint pulls less
_OPENING_SLACK = 0.02  # radians beyond the ends of the opening, at which the fit turns back


class Residuals:
    """Residuals of one instrument in expected standard deviations, and their derivatives.

    Args:
        rays: (k, 2) x / z, y / z of the observed keypoints.
        weights: (k,) one over the expected standard deviations of these.
        order: see ``starts.side_orders``.
        ways_out: (k, 2) see ``borders.ways_out``: what goes on beyond does not count.
    """

    def __init__(
        self,
        model: SpatialModel,
        rays: np.ndarray,
        weights: np.ndarray,
        order: np.ndarray,
        ways_out: np.ndarray | None = None,
    ) -> None:
        self.model, self.rays, self.order = model, rays, order
        self._weights = weights[:, None, None]
        self._ways = np.zeros_like(rays) if ways_out is None else ways_out
        self._is_cut = self._ways.any(axis=1)

    @property
    def is_whole(self) -> np.ndarray:
        """(k,) whether a keypoint's place is known, not only that it is not nearer."""
        return ~self._is_cut

    @property
    def num_whole(self) -> int:
        return int(self.is_whole.sum())

    def points(self, parameters: np.ndarray, ordered: bool = True) -> np.ndarray:
        """(k, 3) in the frame of the camera."""
        points = moved(self.model.at(parameters[6])[0], parameters)
        return points[self.order] if ordered else points

    def moves(self, parameters: np.ndarray) -> np.ndarray:
        """(k, 3, P) derivatives of ``points``."""
        points, slope = self.model.at(parameters[6])
        rotation, turns = cv2.Rodrigues(parameters[:3])
        moves = np.zeros((len(points), 3, 7))
        moves[:, :, :3] = np.einsum("aij,kj->kia", turns.reshape(3, 3, 3), points)
        moves[:, :, 3:6] = np.eye(3)
        moves[:, :, 6] = slope @ rotation.T
        return moves[self.order]

    def residuals(self, parameters: np.ndarray) -> np.ndarray:
        """(2k + 1,) what is left over, and by how much the opening leaves its range."""
        left = self._left(self.points(parameters))[0]
        return np.append(soft(left), self._beyond(parameters[6]) / _OPENING_SLACK)

    def jacobian(self, parameters: np.ndarray) -> np.ndarray:
        """(2k + 1, P) derivatives of ``residuals``."""
        points, moves = self.points(parameters), self.moves(parameters)
        depth = np.maximum(points[:, 2], NEAR)[:, None, None]
        seen = (moves[:, :2] - projected(points)[:, :, None] * moves[:, 2:]) / depth
        left, counts = self._left(points)
        seen = (counts @ seen).reshape(-1, 7)
        edge = np.zeros((1, 7))
        if self.model.is_rigid or self._beyond(parameters[6]):
            edge[0, 6] = 1 / _OPENING_SLACK
        return np.vstack([seen * soft_slope(left)[:, None], edge])

    def misfit(self, parameters: np.ndarray, freedom: int) -> float:
        """Root mean square of what is left over, in expected standard deviations."""
        left = self._left(self.points(parameters))[0]
        return float(np.sqrt((left**2).sum() / max(freedom, 1)))

    def left_over(self, points: np.ndarray) -> np.ndarray:
        """(k, 2) from the rays to (k, 3) points, where that counts, else 0."""
        left = projected(points) - self.rays
        return (self._counts(left) @ left[:, :, None])[:, :, 0]

    def _left(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(2k,) what is left over, and the (k, 2, 2) of it that counts, over what is expected."""
        left = projected(points) - self.rays
        counts = self._counts(left) * self._weights
        return (counts @ left[:, :, None]).ravel(), counts

    def _counts(self, left: np.ndarray) -> np.ndarray:
        """(k, 2, 2) all of a keypoint; at the border what falls short, and little across."""
        along = self._ways[:, :, None] * self._ways[:, None, :]
        short = ((left * self._ways).sum(axis=1) < 0)[:, None, None]
        across = ACROSS * (np.eye(2) - along)
        return np.where(self._is_cut[:, None, None], short * along + across, np.eye(2))

    def _beyond(self, opening: float) -> float:
        low, high = self.model.openings[[0, -1]]
        return float(opening - min(max(opening, low), high))


def moved(points: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    return points @ cv2.Rodrigues(parameters[:3])[0].T + parameters[3:6]


def projected(points: np.ndarray) -> np.ndarray:
    return points[:, :2] / np.maximum(points[:, 2:], NEAR)


def soft(values: np.ndarray) -> np.ndarray:
    """Residuals whose squares grow like the value itself beyond ``_OUTLIER``; pseudo-Huber."""
    size = np.sqrt(2 * (np.sqrt(1 + (values / _OUTLIER) ** 2) - 1)) * _OUTLIER
    return np.sign(values) * size


def soft_slope(values: np.ndarray) -> np.ndarray:
    bend = np.sqrt(1 + (values / _OUTLIER) ** 2)
    size = np.abs(soft(values))
    slope = np.abs(values) / np.maximum(bend * size, 1e-12)
    return np.where(size > 1e-9, slope, 1.0)
