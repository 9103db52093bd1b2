"""Plain bars and bent wires: probes, retractors, hooks and clips.

Never labelled; they keep a model from calling every thin shiny thing tweezers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from data_gen.instruments.model import Articulated, InstrumentModel, Part
from data_gen.instruments.ring_handle import along, taper
from data_gen.instruments.shape import one_of, sample_shape, within
from data_gen.instruments.solids import Solid, end_grid, end_rounding, join, loft


@dataclass(frozen=True)
class BarShape:
    """The measures that differ from bar to bar; meters and radians."""

    pattern: str = one_of("probe", "retractor", "hook", "clip")
    length: float = within(0.09, 0.22)
    grip_width: float = within(0.004, 0.013)  # of the thickest part
    flatness: float = within(0.15, 1.0)  # height over width
    grip_start: float = within(0.15, 0.4)  # shares of the length
    grip_stop: float = within(0.6, 0.85)
    end_width: float = within(0.0010, 0.0035)
    grooves: int = within(0, 16)  # around the grip
    groove_depth: float = within(0.0002, 0.0006)
    roundness: float = within(0.3, 0.94)
    bend_radius: float = within(0.004, 0.014)  # of a hook or retractor blade
    bend_angle: float = within(0.8, 2.6)
    blade_width: float = within(0.006, 0.018)  # of a retractor
    wire: float = within(0.0008, 0.0018)  # of a clip
    clip_width: float = within(0.006, 0.012)
    clip_length: float = within(0.022, 0.050)


class Bar(InstrumentModel):
    """A rigid bar built from a shape; named after its pattern."""

    def __init__(self, shape: BarShape) -> None:
        self.shape = shape
        self.name = shape.pattern
        self.pen_like = shape.pattern != "clip"
        self.parameters = asdict(shape)
        solid = _clip(shape) if shape.pattern == "clip" else _handle(shape)
        self._part = Part(shape.pattern, solid.vertices, solid.faces, "steel")

    def articulate(self, opening: float) -> Articulated:
        return Articulated([self._part])


def sample_bar(rng: np.random.Generator, ranges: Mapping | None = None) -> Bar:
    return Bar(sample_shape(BarShape, rng, ranges))


def _handle(shape: BarShape) -> Solid:
    length = shape.length
    start, stop = shape.grip_start * length, shape.grip_stop * length
    edges = _groove_edges(shape, start, stop)
    s = end_grid(0.0, length, 0.002, shape.end_width, breaks=tuple(edges))
    grip, slim = shape.grip_width / 2, shape.end_width / 2
    half = taper(
        s,
        [
            (0, slim if shape.pattern == "probe" else grip * 0.8),
            (start, grip),
            (stop, grip),
            (stop + 0.08 * length, max(slim, 0.4 * grip)),
            (length, slim),
        ],
    )
    flat = taper(s, [(0, shape.flatness), (stop, shape.flatness), (length, 1.0)])
    dent = np.where(np.searchsorted(edges, s) % 2 == 1, shape.groove_depth, 0.0)
    rounding = end_rounding(s, shape.end_width, 0.0 if _bent(shape) else shape.end_width)
    path = np.column_stack([0 * s, s - length / 2, 0 * s])
    bar = loft(
        path,
        (half - dent) * rounding,
        (np.maximum(half * flat, slim) - dent) * rounding,
        roundness=shape.roundness,
    )
    return join(bar, _bend(shape, path[-1])) if _bent(shape) else bar


def _bent(shape: BarShape) -> bool:
    return shape.pattern in ("hook", "retractor")


def _groove_edges(shape: BarShape, start: float, stop: float) -> np.ndarray:
    """(2 * grooves,) where grooves begin and end, meters."""
    pitch = (stop - start) / max(shape.grooves, 1)
    begin = start + pitch * (np.arange(shape.grooves) + 0.3)
    return np.sort(np.concatenate([begin, begin + 0.4 * pitch]))


def _bend(shape: BarShape, start: np.ndarray) -> Solid:
    """A hook or a retractor's blade, bent in the plane Y-Z from the end of the handle."""
    angle = np.linspace(0, shape.bend_angle, 18)
    lead = 0.001
    y = np.sin(angle) * shape.bend_radius - lead
    z = (np.cos(angle) - 1) * shape.bend_radius
    path = start + np.column_stack([0 * y, y, z])
    slim = shape.end_width / 2
    s = along(path)
    if shape.pattern == "hook":
        half_z = slim * end_rounding(s, 0.0, shape.end_width)
        half_x = half_z
    else:
        half_x = taper(
            s, [(0, slim), (0.003, shape.blade_width / 2), (s[-1], shape.blade_width / 2)]
        )
        half_x = half_x * end_rounding(s, 0.0, 0.004)
        half_z = 0.0006
    # up is X here: the section's u lies in the plane of the bend, its v along X
    return loft(path, half_z, half_x, roundness=0.6, up=(1.0, 0.0, 0.0))


def _clip(shape: BarShape) -> Solid:
    """A bent wire with two nested loops, as paper clips and wire serrefines have."""
    half, long = shape.clip_width / 2, shape.clip_length
    turns = [  # x in half widths, y in lengths, of the middle of each half circle and its radius
        (0.0, 0.5, 1.0),
        (0.1, -0.5, 0.9),
        (0.0, 0.3, 0.8),
    ]
    points = [[-half, -0.25 * long]]
    for index, (x, y, radius) in enumerate(turns):
        sweep = np.linspace(np.pi, 0, 13) if index % 2 == 0 else np.linspace(0, -np.pi, 13)
        end = y * long + (-radius * half if y > 0 else radius * half)
        points += [
            [x * half + radius * half * np.cos(a), end + radius * half * np.sin(a)] for a in sweep
        ]
    points.append([0.8 * half, -0.2 * long])
    corner = np.array(points)
    reach = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corner, axis=0), axis=1))])
    s = np.linspace(0, reach[-1], 120)
    lift = np.linspace(0, 2.2, 120) * shape.wire  # the wire crosses over itself
    path = np.column_stack([np.interp(s, reach, corner[:, i]) for i in (0, 1)] + [lift])
    return loft(path, shape.wire / 2, shape.wire / 2, roundness=0.94)
