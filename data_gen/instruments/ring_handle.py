"""The rear of every ring-handled instrument: shank, neck and finger ring of one half."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from data_gen.instruments.solids import Solid, ellipse_path, loft


@dataclass(frozen=True)
class Ring:
    """An oval finger ring of wire; ``center`` is the center of its hole."""

    center: np.ndarray
    half_long: float
    half_short: float
    tilt: float
    wire: float
    wire_height: float

    def point(self, angle: float) -> np.ndarray:
        """(3,) point on the wire's center line; 0 is its right-most end before the tilt."""
        x, y = self.half_short * np.cos(angle), self.half_long * np.sin(angle)
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        return self.center + np.array([c * x - s * y, s * x + c * y, 0.0])

    def build(self) -> Solid:
        loop = ellipse_path(self.center, self.half_long, self.half_short, self.tilt)
        return loft(loop, self.wire / 2, self.wire_height / 2, roundness=0.85, closed=True)


def shank_path(
    knots: np.ndarray, ring: Ring, step: float = 0.0012, entry: float = 0.95
) -> np.ndarray:
    """Smooth center line of a left shank from the ring's wire to the last knot.

    Args:
        knots: (n, 3) from the neck to the hinge, metres.
        ring: the ring at x < 0; the shank follows its wire for a while, then leaves it.
        entry: angle on the wire where the shank leaves it, radians from its right-most end.

    Returns:
        (N, 3) stations about ``step`` apart, travelling from the ring towards +Y.
    """
    along_wire = [ring.point(entry - a) for a in (0.75, 0.5, 0.25, 0.0)]
    points = np.concatenate([along_wire, knots])
    chord = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    spline = CubicSpline(chord, points, bc_type="natural")
    return spline(np.linspace(0, chord[-1], max(24, int(chord[-1] / step))))


def along(path: np.ndarray) -> np.ndarray:
    """(N,) arc length from the first station, metres."""
    return np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])


def taper(s: np.ndarray, knots: list[tuple[float, float]]) -> np.ndarray:
    """(N,) smooth monotone interpolation of (position, value) knots, flat outside them."""
    at, value = np.array(sorted(knots)).T
    return PchipInterpolator(at, value)(np.clip(s, at[0], at[-1]))
