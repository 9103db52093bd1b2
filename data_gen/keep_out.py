"""Keep things that move from passing through each other.

Their surfaces are thinned to point clouds, and distances are taken between these.

Shapes: V points of a thing, T moments.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from data_gen.bodies import Body

_CELL = 0.005
"""Meters: surfaces are thinned to one point in each cube of this size."""

_GAP = 0.008
"""Meters between points that always suffice; more than the diagonal of a cube's face."""


_CONTACT = 0.005
"""Meters between points at which surfaces touch or pass through each other."""


@dataclass(frozen=True)
class Envelope:
    """The space a thing takes, whatever its opening, in its own frame.

    Attributes:
        points: (V, 3) meters.
        rest: (4, 4) its pose in the scene before anything moves.
    """

    points: np.ndarray
    rest: np.ndarray

    def distance(self, poses: np.ndarray, other: "Envelope", others: np.ndarray) -> float:
        """Smallest distance over all moments, at most ``_GAP``.

        Args:
            poses, others: (T, 4, 4) of this and of the other thing.
        """
        points = self.points @ _turns(poses) + poses[:, None, :3, 3]  # (T, V, 3) in the world
        turned = (points - others[:, None, :3, 3]) @ others[:, :3, :3]
        near, _ = cKDTree(other.points).query(turned.reshape(-1, 3), distance_upper_bound=_GAP)
        return float(np.minimum(near, _GAP).min())

    def lowest(self, poses: np.ndarray) -> float:
        """Smallest height over all moments, meters."""
        heights = self.points @ poses[:, 2, :3].T + poses[:, 2, 3]
        return float(heights.min())


def envelope_of(body: Body, openings: tuple[float, float] | None, hand: Body | None) -> Envelope:
    """The space of a body, closed and open, and of the hand that holds it."""
    poses = [body] if openings is None else [body.opened(opening) for opening in openings]
    points = [part.vertices for posed in poses for part in posed.parts]
    if hand is not None:
        points += [part.vertices for part in hand.parts]
    return Envelope(_thin(np.concatenate(points)), body.pose)


def touches(body: Body, others: list[Body]) -> bool:
    """Whether a thing passes through any of the others where they are."""
    space = envelope_of(body, None, None)
    return any(
        space.distance(body.pose[None], envelope_of(other, None, None), other.pose[None])
        < _CONTACT
        for other in others
    )


def keeps_out(
    moving: Envelope, poses: np.ndarray, others: list[tuple[Envelope, np.ndarray]]
) -> bool:
    """Whether a moving thing stays clear of others, or as close to them as it was at rest.

    Args:
        poses: (T, 4, 4) of the moving thing.
        others: each with its (T, 4, 4).
    """
    for other, places in others:
        before = moving.distance(moving.rest[None], other, other.rest[None])
        if moving.distance(poses, other, places) < before - 1e-6:
            return False
    return True


def stays_above(moving: Envelope, poses: np.ndarray, heights: np.ndarray | None) -> bool:
    """Whether a thing stays over the highest fold of the ground, or as low as it was at rest.

    Args:
        heights: (N, N) of the ground in meters; None when flat.
    """
    top = 0.0 if heights is None else float(heights.max())
    return moving.lowest(poses) >= min(top, moving.lowest(moving.rest[None])) - 1e-6


def resting(body: Body, moments: int) -> tuple[Envelope, np.ndarray]:
    """A thing that does not move, and its pose at every moment."""
    return envelope_of(body, None, None), np.repeat(body.pose[None], moments, axis=0)


def _turns(poses: np.ndarray) -> np.ndarray:
    return poses[:, :3, :3].transpose(0, 2, 1)


def _thin(points: np.ndarray) -> np.ndarray:
    _, first = np.unique(np.floor(points / _CELL).astype(int), axis=0, return_index=True)
    return points[np.sort(first)]
