"""Scalpel handle: a flat plate with cross grip, narrowed to a nib, with or without a blade.

Never labelled; lying alone it is what a model takes for closed tweezers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from data_gen.instruments.model import Articulated, InstrumentModel, Part
from data_gen.instruments.ring_handle import taper
from data_gen.instruments.shape import chance, one_of, sample_shape, within
from data_gen.instruments.solids import Solid, end_grid, end_rounding, join, loft, prism


@dataclass(frozen=True)
class ScalpelShape:
    """The measures that differ from scalpel to scalpel; meters. The handle ends at -length / 2."""

    length: float = within(0.105, 0.165)  # without a blade
    butt_width: float = within(0.0085, 0.0125)
    grip_width: float = within(0.80, 1.05)  # of the butt's
    thickness: float = within(0.0018, 0.0032)
    butt_round: float = within(0.5, 1.0)  # rounding of the butt, in half widths
    grip_start: float = within(0.48, 0.60)  # shares of the length, from the butt
    grip_length: float = within(0.10, 0.22)
    ridges: int = within(5, 13)
    ridge_width: float = within(0.0004, 0.0009)
    ridge_height: float = within(0.0002, 0.0006)
    groove: bool = chance(0.7)  # dark line along the middle
    groove_length: float = within(0.10, 0.35)
    neck_share: float = within(0.76, 0.82)  # where the nib starts
    nib_width: float = within(0.0026, 0.0042)
    nib_thickness: float = within(0.0009, 0.0015)
    roundness: float = within(0.25, 0.8)
    bladed: bool = chance(0.35)
    blade: str = one_of("10", "11", "15")
    blade_length: float = within(0.022, 0.030)  # beyond the nib's root
    blade_width: float = within(0.0060, 0.0085)


class Scalpel(InstrumentModel):
    """A rigid scalpel handle built from a shape."""

    name = "scalpel"
    pen_like = True

    def __init__(self, shape: ScalpelShape) -> None:
        self.shape = shape
        self.parameters = asdict(shape)
        self._parts = _parts(shape)

    def articulate(self, opening: float) -> Articulated:
        return Articulated(list(self._parts))


def sample_scalpel(rng: np.random.Generator, ranges: Mapping | None = None) -> Scalpel:
    return Scalpel(sample_shape(ScalpelShape, rng, ranges))


def _parts(shape: ScalpelShape) -> list[Part]:
    length, butt = shape.length, shape.butt_width
    rear = -length / 2
    nib = length * shape.neck_share
    s = end_grid(0.0, length, 0.002, butt / 2 * shape.butt_round, breaks=(nib,))
    width = taper(
        s,
        [
            (0.0, butt),
            (length * 0.3, butt),
            (length * shape.grip_start, butt * shape.grip_width),
            (length * (shape.grip_start + shape.grip_length), butt * shape.grip_width * 0.92),
            (nib - 1.5e-4, shape.nib_width * 1.5),
            (nib + 1.5e-4, shape.nib_width),
            (length, shape.nib_width * 0.85),
        ],
    )
    height = taper(
        s,
        [
            (0.0, shape.thickness * 0.9),
            (length * shape.grip_start, shape.thickness),
            (nib - 0.006, shape.thickness),
            (nib, shape.nib_thickness),
            (length, shape.nib_thickness),
        ],
    )
    rounding = end_rounding(s, butt / 2 * shape.butt_round, shape.nib_width / 2)
    path = np.column_stack([0 * s, s + rear, 0 * s])
    plate = loft(path, width / 2 * rounding, height / 2, roundness=shape.roundness)
    ridges = _ridges(shape, s, width, height)
    body = join(plate, *ridges)
    parts = [Part("handle", body.vertices, body.faces, "steel")]
    if shape.groove:
        start = length * (shape.grip_start - shape.groove_length * 0.6)
        line = np.array([start, start + length * shape.groove_length]) + rear
        lines = []
        for sign in (-1, 1):
            z = sign * (shape.thickness / 2 - 2e-5)
            ends = np.column_stack([[0, 0], line, [z, z]])
            lines.append(loft(ends, 3.5e-4, 6e-5, roundness=0.3))
        groove = join(*lines)
        parts.append(Part("groove", groove.vertices, groove.faces, "dark"))
    if shape.bladed:
        blade = _blade(shape, nib + rear)
        parts.append(Part("blade", blade.vertices, blade.faces, "polished", smooth=False))
    return parts


def _ridges(
    shape: ScalpelShape, s: np.ndarray, width: np.ndarray, height: np.ndarray
) -> list[Solid]:
    """Cross bars on both flats, left and right of the middle."""
    start, pitch = shape.grip_start, shape.grip_length / shape.ridges
    bars = []
    for i in range(shape.ridges):
        at = (start + pitch * (i + 0.5)) * shape.length
        half, thick = np.interp(at, s, width) / 2, np.interp(at, s, height) / 2
        for side in (-1, 1):
            x = np.array([0.18, 1.02]) * half * side
            ends = np.column_stack([x, [at - shape.length / 2] * 2, [0, 0]])
            bars.append(loft(ends, shape.ridge_width, thick + shape.ridge_height, roundness=0.5))
    return bars


def _blade(shape: ScalpelShape, root: float) -> Solid:
    """Thin plate around the nib, sharpened side at x > 0."""
    long, wide = shape.blade_length + 0.008, shape.blade_width
    outlines = {
        "10": [(-0.4, 0.0), (0.45, 0.12), (0.62, 0.35), (0.62, 0.70), (0.35, 0.90), (-0.30, 1.0)],
        "11": [(-0.4, 0.0), (0.45, 0.12), (0.55, 0.30), (-0.38, 1.0)],
        "15": [(-0.4, 0.0), (0.40, 0.10), (0.30, 0.55), (0.42, 0.72), (0.25, 0.92), (-0.25, 1.0)],
    }
    outline = np.array([*outlines[shape.blade], (-0.42, 0.6)])
    points = outline * [wide, long] + [0.0, root]
    return prism(points, -2.4e-4, 2.4e-4, 1.5e-4)
