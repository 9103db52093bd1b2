"""The rear of every ring-handled instrument: shank, neck and finger ring of one half."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from data_gen.instruments.solids import Solid, ellipse_path, loft


@dataclass(frozen=True)
class Ring:
    """An oval finger ring of wire at the end of a left shank; ``turn`` leads outwards.

    Attributes:
        center: (3,) center of the hole, meters.
        half_long, half_short: of the wire's center line.
        tilt: of the long axis, radians, its rear end outwards.
        wire, wire_height: thickness in the plane and across it.
        turn: direction from the neck to the center, radians from -Y towards -X.
        neck: (3,) where the shank ends and the neck to the wire begins.
    """

    center: np.ndarray
    half_long: float
    half_short: float
    tilt: float
    wire: float
    wire_height: float
    turn: float
    neck: np.ndarray

    @property
    def root(self) -> np.ndarray:
        """(3,) point of the wire's center line that the neck runs into."""
        return self.center - _direction(self.turn) * _radius(self, self.turn)

    def build(self) -> Solid:
        loop = ellipse_path(self.center, self.half_long, self.half_short, -self.tilt)
        return loft(loop, self.wire / 2, self.wire_height / 2, roundness=0.85, closed=True)


def place_ring(
    rear: float,
    shank_x: float,
    neck_length: float,
    turn: float,
    *,
    outer_long: float,
    outer_short: float,
    tilt: float,
    wire: float,
    wire_height: float,
) -> Ring:
    """Put a ring so that its far end lies at y = ``rear`` and its neck meets the shank's end.

    Args:
        shank_x: x of the shank's end, negative.
        neck_length: from the shank's end to the wire's center line.
    """
    half_long, half_short = (outer_long - wire) / 2, (outer_short - wire) / 2
    reach = np.hypot(half_long * np.cos(tilt), half_short * np.sin(tilt)) + wire / 2
    nowhere = np.zeros(3)
    ring = Ring(nowhere, half_long, half_short, tilt, wire, wire_height, turn, nowhere)
    arm = _direction(turn) * (_radius(ring, turn) + neck_length)
    center = np.array([shank_x + arm[0], rear + reach, 0.0])
    return replace(ring, center=center, neck=center - arm)


def shank_path(ring: Ring, knots: np.ndarray, step: float = 0.0011) -> np.ndarray:
    """Smooth center line of a left shank: from the ring's wire over the neck to the hinge.

    Args:
        knots: (n, 3) the shank beyond the neck, meters.

    Returns:
        (N, 3) stations about ``step`` apart, travelling from the ring towards +Y.
    """
    along_shank = knots[0] - ring.neck
    leave = ring.neck + along_shank * min(1.0, 0.006 / np.linalg.norm(along_shank))
    t = np.linspace(0, 1, 9)[:, None]  # a quadratic Bezier rounds the corner at the neck
    bend = (1 - t) ** 2 * ring.root + 2 * t * (1 - t) * ring.neck + t**2 * leave
    points = np.concatenate([bend, knots])
    chord = along(points)
    line = PchipInterpolator(chord, points)  # a cubic spline would swing past straight shanks
    return line(np.linspace(0, chord[-1], max(24, int(chord[-1] / step))))


def neck_width(s: np.ndarray, ring: Ring, shank: np.ndarray, neck: float) -> np.ndarray:
    """(N,) half width that flares into the ring like a web between wire and shank.

    Args:
        s: (N,) arc length from the ring's wire.
        shank: (N,) half width of the shank, kept beyond the neck.
        neck: half width where the neck meets the shank.
    """
    length = np.linalg.norm(ring.neck - ring.root)
    flare = taper(s, [(0.0, 1.35 * ring.wire), (0.4 * length, 0.85 * neck), (length, neck)])
    share = np.clip((s - length) / 0.008, 0, 1)
    share = share * share * (3 - 2 * share)
    return np.where(s < length, flare, neck * (1 - share) + shank * share)


def along(path: np.ndarray) -> np.ndarray:
    """(N,) arc length from the first station, meters."""
    return np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])


def taper(s: np.ndarray, knots: list[tuple[float, float]]) -> np.ndarray:
    """(N,) smooth monotone interpolation of (position, value) knots, flat outside them."""
    at, value = np.array(sorted(knots)).T
    return PchipInterpolator(at, value)(np.clip(s, at[0], at[-1]))


def _direction(turn: float) -> np.ndarray:
    return np.array([-np.sin(turn), -np.cos(turn), 0.0])


def _radius(ring: Ring, turn: float) -> float:
    """From the center to the wire's center line along ``turn``."""
    inside = turn - ring.tilt
    return 1 / np.hypot(np.cos(inside) / ring.half_long, np.sin(inside) / ring.half_short)
