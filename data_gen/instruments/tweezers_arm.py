"""One arm of tweezers: where its center line runs at an opening, and its section on the way.

Shapes: N stations along the arm.
"""

import numpy as np

from data_gen.instruments.ring_handle import taper
from data_gen.instruments.solids import Solid, end_grid, end_rounding, loft
from data_gen.instruments.tweezers_shape import TweezersShape

STEP = 0.003
"""Length in meters of the slope where stepped tweezers turn thin."""


class Arm:
    """The right arm; the left one is its reflection.

    Attributes:
        s: (N,) arc length from the handle end, meters.
        half_thickness, half_width: (N,) of the section; thickness lies along X.
        shift: (N,) of the section outwards, where ridges stand on the outer face only.
        edges: (2 * ridges,) arc lengths where the grip's ridges rise and fall.
    """

    def __init__(self, shape: TweezersShape) -> None:
        self.shape = shape
        self.edges = _ridge_edges(shape)
        butt = shape.butt_width / 2 * shape.butt_round
        shoulder = shape.length * shape.shoulder_share
        step = _step(shape) if shape.pattern == "stepped" else ()
        breaks = (shoulder, *step, *np.unique(self.edges))
        self.s = s = end_grid(0.0, shape.length, 0.002, butt, breaks=breaks)
        thickness, relief = _thickness(shape, s), _relief(shape, s, self.edges)
        self.half_width = _width(shape, s) / 2 * end_rounding(s, butt, shape.tip_width * 0.3)
        self.half_thickness = (thickness + relief) / 2 * end_rounding(s, 3e-4, 3e-4)
        self.shift = relief / 2
        at = [(0, 0.5), (0.3, shape.roundness), (0.8, 0.6), (1, 0.8)]
        self.roundness = taper(s, [(share * shape.length, value) for share, value in at])

    def bar(self, path: np.ndarray) -> Solid:
        """The arm's body along a path of ``path``."""
        return loft(
            path,
            self.half_thickness,
            self.half_width,
            roundness=self.roundness,
            shift_u=self.shift,
        )

    def point(self, path: np.ndarray, at: float | np.ndarray) -> np.ndarray:
        """(3,) or (n, 3) points of the center line at arc lengths ``at``."""
        return np.stack([np.interp(at, self.s, path[:, axis]) for axis in range(3)], axis=-1)

    def path(self, opening: float) -> np.ndarray:
        """(N, 3) center line; at opening 0 the tips touch.

        The heading is a fixed bow plus a turn spread over the spring zone, scaled so that the
        line from the handle end to the inner face of the tip makes half the opening with Y.
        """
        shape, s = self.shape, self.s
        bow, turn = _headings(shape, s)
        step = np.diff(s)

        def integrate(scale: float) -> np.ndarray:
            heading = bow + scale * turn
            middle = (heading[1:] + heading[:-1]) / 2
            x = np.concatenate([[0], np.cumsum(np.sin(middle) * step)])
            y = np.concatenate([[0], np.cumsum(np.cos(middle) * step)])
            return np.column_stack([x + shape.strip / 2 + 1e-5, y, np.zeros_like(x)])

        def error(scale: float) -> float:
            tip = integrate(scale)[-1]
            return np.arctan2(tip[0] - shape.tip_thickness / 2 - 2e-5, tip[1]) - opening / 2

        old, new = 0.0, 0.2
        old_error, new_error = error(old), error(new)
        for _ in range(6):  # secant; the error is all but linear in the scale
            if abs(old_error - new_error) < 1e-12:
                break
            slope = (new_error - old_error) / (new - old)
            old, old_error = new, new_error
            new = new - new_error / slope
            new_error = error(new)
        return integrate(new)


def _headings(shape: TweezersShape, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) radians of the fixed bow, and (N,) share of the turn that opens the arm."""
    joined = shape.butt_share * shape.length
    spring = np.clip((s - joined) / (0.25 * shape.length), 0, 1)
    turn = spring * spring * (3 - 2 * spring)
    share = np.clip((s - joined) / (shape.length - joined), 0, 1)
    start = 0.5 * shape.bow_share
    inward = np.clip((share - start) / (1 - start), 0, 1)
    tip = np.clip((share - 0.8) / 0.2, 0, 1)
    return shape.bow * (turn - 1.6 * inward - shape.tip_bend * tip), turn


def _width(shape: TweezersShape, s: np.ndarray) -> np.ndarray:
    grip = shape.butt_width * shape.grip_width
    grip_end = shape.grip_start + shape.grip_length
    slim = [(max(shape.neck_share, grip_end + 0.03), grip * shape.neck_width)]
    if shape.pattern == "stepped":
        thick, thin = (at / shape.length for at in _step(shape))
        slim = [(thick, grip * shape.neck_width), (thin, shape.tip_width * 1.6)]
    shares = [
        (0.0, shape.butt_width),
        (0.10, shape.butt_width),
        (shape.shoulder_share, shape.butt_width * shape.waist_width),
        (shape.shoulder_share + 0.012 / shape.length, grip * 0.97),
        (shape.grip_start + shape.grip_length * 0.4, grip),
        (grip_end, grip * 0.92),
        *slim,
        (0.90, shape.tip_width * 1.25),
        (1.0, shape.tip_width),
    ]
    return taper(s, [(share * shape.length, width) for share, width in shares])


def _thickness(shape: TweezersShape, s: np.ndarray) -> np.ndarray:
    body = shape.strip * shape.body
    shoulder = shape.shoulder_share * shape.length
    after = shape.strip + 0.6 * (body - shape.strip) if shape.shoulder_step else shape.strip
    slim = []
    if shape.pattern == "stepped":
        thick, thin = _step(shape)
        slim = [(thick, body * 0.9), (thin, shape.tip_thickness * 1.2)]
    return taper(
        s,
        [
            (0.0, shape.strip),
            (shoulder - 1.5e-4, shape.strip),
            (shoulder + 1.5e-4, after),
            (shape.grip_start * shape.length, body),
            ((shape.grip_start + shape.grip_length) * shape.length, body),
            *slim,
            (shape.length, shape.tip_thickness),
        ],
    )


def _step(shape: TweezersShape) -> tuple[float, float]:
    """Arc lengths between which the arms of stepped tweezers turn into thin rods."""
    neck = max(shape.neck_share, shape.grip_start + shape.grip_length + 0.03) * shape.length
    return neck, neck + STEP


def _ridge_edges(shape: TweezersShape) -> np.ndarray:
    if shape.grip == "smooth":
        return np.zeros(0)
    pitch = shape.grip_length * shape.length / shape.ridges
    rises = shape.grip_start * shape.length + pitch * np.arange(shape.ridges)
    return np.sort(np.concatenate([rises, rises + pitch * shape.ridge_duty]))


def _relief(shape: TweezersShape, s: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(N,) height of the grip's cross ridges over the outer face."""
    raised = np.searchsorted(edges, s) % 2 == 1
    return np.where(raised, shape.ridge_height * (0.6 if shape.grip == "fluted" else 1.0), 0.0)
