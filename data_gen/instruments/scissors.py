"""Scissors: rings like a needle holder's, but flat tapering blades, a screw and no ratchet.

Never labelled. Mayo (short, sturdy) and Metzenbaum (long slim shanks, often gilded rings).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from data_gen.instruments.hinged import HingedModel
from data_gen.instruments.model import Part
from data_gen.instruments.ring_handle import (
    Ring,
    along,
    neck_width,
    place_ring,
    shank_path,
    taper,
)
from data_gen.instruments.shape import chance, one_of, sample_shape, within
from data_gen.instruments.solids import Solid, disc, end_grid, end_rounding, join, loft, mirror_x


@dataclass(frozen=True)
class ScissorsShape:
    """The measures that differ from scissors to scissors; meters and radians."""

    pattern: str = one_of("mayo", "metzenbaum", "operating")
    length: float = within(0.115, 0.230)  # from the tips to the far end of the rings
    blade_share: float = within(0.26, 0.44)  # of the length, from the screw to the tips
    joint_length: float = within(0.012, 0.022)
    joint_width: float = within(0.0072, 0.0130)
    blade_height: float = within(0.0014, 0.0022)  # thickness of one blade
    blade_overlap: float = within(0.15, 0.45)  # of the half width, when closed
    blade_belly: float = within(0.0, 0.7)  # 1: as broad as at the joint nearly to the tip
    tip_width: float = within(0.0010, 0.0024)
    blunt: str = one_of("both", "both", "one", "none")  # which tips are broad and round
    blunt_width: float = within(0.0030, 0.0052)
    curve: float = within(0.08, 0.40)  # bend of the blades out of the plane, radians
    curved: bool = chance(0.5)
    shank_width: float = within(0.0036, 0.0056)
    shank_height: float = within(0.0030, 0.0042)
    shank_roundness: float = within(0.3, 0.9)
    shank_slit: float = within(0.0, 0.0016)  # gap between the closed shanks
    ring_length: float = within(0.0250, 0.0350)  # outer
    ring_width: float = within(0.0200, 0.0270)  # outer
    ring_turn: float = within(0.55, 1.15)  # where the ring sits: 0 behind its shank, pi/2 beside
    ring_tilt: float = within(-0.05, 0.35)
    ring_wire: float = within(0.0026, 0.0042)
    ring_height: float = within(0.0024, 0.0040)
    neck_length: float = within(0.0035, 0.0075)  # from the shank's end to the ring's wire
    neck_width: float = within(0.9, 1.4)  # of the shank's
    screw_radius: float = within(0.0016, 0.0030)
    gilded: bool = chance(0.3)
    gilding: float = within(0.004, 0.030)  # of the shank, from the neck
    flipped: bool = chance(0.5)  # which half lies on top
    widest: float = within(0.35, 1.30)  # largest opening


_PATTERNS = {
    "mayo": {
        "length": (0.125, 0.190),
        "blade_share": (0.32, 0.46),
        "joint_width": (0.0095, 0.0150),
        "blade_belly": (0.2, 0.9),
        "blunt_width": (0.0034, 0.0062),
        "screw_radius": (0.0020, 0.0034),
    },
    "metzenbaum": {
        "length": (0.145, 0.240),
        "blade_share": (0.20, 0.30),
        "joint_width": (0.0058, 0.0085),
        "shank_width": (0.0030, 0.0042),
        "shank_slit": (0.0, 0.0006),
    },
}


class Scissors(HingedModel):
    """Scissors built from a shape."""

    name = "scissors"

    def __init__(self, shape: ScissorsShape) -> None:
        self.shape = shape
        self.parameters = asdict(shape)
        self.opening_range = (0.0, shape.widest)
        ring = _ring(shape)
        super().__init__(
            left=_half(shape, ring, "left", upper=not shape.flipped),
            right=_half(shape, ring, "right", upper=shape.flipped),
            handles=ring.center * [[1, 1, 1], [-1, 1, 1]],
            tips=np.array([[0, shape.length * shape.blade_share, 0]] * 2),
            hinge_radius=shape.joint_width / 2,
            handle_radius=shape.ring_height / 2,
            tip_radius=shape.tip_width,
        )


def sample_scissors(rng: np.random.Generator, ranges: Mapping | None = None) -> Scissors:
    """Draw a pattern, then a shape within the pattern's own ranges."""
    pattern = sample_shape(ScissorsShape, rng, ranges).pattern
    narrowed = {**_PATTERNS.get(pattern, {}), **(ranges or {}), "pattern": pattern}
    return Scissors(sample_shape(ScissorsShape, rng, narrowed))


def _ring(shape: ScissorsShape) -> Ring:
    return place_ring(
        rear=shape.length * (shape.blade_share - 1),
        shank_x=_shank_x(shape),
        neck_length=shape.neck_length,
        turn=shape.ring_turn,
        outer_long=shape.ring_length,
        outer_short=shape.ring_width,
        tilt=shape.ring_tilt,
        wire=shape.ring_wire,
        wire_height=shape.ring_height,
    )


def _shank_x(shape: ScissorsShape) -> float:
    return -(shape.shank_slit + shape.shank_width) / 2


def _half(shape: ScissorsShape, ring: Ring, side: str, upper: bool) -> list[Part]:
    """Parts of one half, modelled at the left and reflected for the right."""
    blunt = shape.blunt == "both" or (shape.blunt == "one" and upper)
    inner, rear = _shank_x(shape), -shape.joint_length / 2
    stations = np.linspace(ring.neck[1] + 0.010, rear, 4)
    shank = shank_path(ring, np.column_stack([0 * stations + inner, stations, 0 * stations]))
    tip_y = shape.length * shape.blade_share
    front_y = shape.joint_length / 2
    y = end_grid(rear + 3e-4, tip_y, 0.0015, 0.002, breaks=(rear + 0.0015, front_y))
    path = np.concatenate([shank, np.column_stack([0 * y + inner, y, 0 * y])])
    bend = np.clip(path[:, 1] - front_y, 0, None)
    if shape.curved:
        path[:, 2] = shape.curve * bend**2 / (2 * (tip_y - front_y))
    sections = _sections(shape, ring, path, len(shank), blunt, upper)
    half_u, half_v, shift_u, shift_v, roundness = sections

    def piece(part: slice) -> Solid:
        return loft(
            path[part],
            half_u[part],
            half_v[part],
            roundness=roundness[part],
            shift_u=shift_u[part],
            shift_v=shift_v[part],
        )

    if shape.gilded:  # two pieces of one bar
        cut = int(np.searchsorted(path[:, 1], ring.neck[1] + shape.gilding))
        blade, handle = piece(slice(cut, None)), join(ring.build(), piece(slice(None, cut + 1)))
    else:
        blade, handle = piece(slice(None)), ring.build()
    if upper:
        blade = join(blade, disc([0, 0, shape.blade_height], shape.screw_radius, 3e-4))
    pieces = {"half": (blade, "steel"), "handle": (handle, "gold" if shape.gilded else "steel")}
    if upper:
        slot = np.array([[-0.7, 0.25, 0], [0.7, -0.25, 0]]) * shape.screw_radius
        slot[:, 2] = shape.blade_height + 3e-4
        pieces["slot"] = (loft(slot, 2.2e-4, 4e-5, roundness=0.1), "dark")
    parts = []
    for name, (solid, material) in pieces.items():
        solid = solid if side == "left" else mirror_x(solid)
        parts.append(Part(f"{side}_{name}", solid.vertices, solid.faces, material))
    return parts


def _sections(
    shape: ScissorsShape, ring: Ring, path: np.ndarray, num_shank: int, blunt: bool, upper: bool
) -> tuple[np.ndarray, ...]:
    """(N,) half_u, half_v, shift_u, shift_v and roundness from ring to tip."""
    s, y = along(path), path[:, 1]
    s_joint = s[num_shank - 1]
    front_y, tip_y = shape.joint_length / 2, shape.length * shape.blade_share
    shank_half, shank_high = shape.shank_width / 2, shape.shank_height / 2
    s_neck = np.linalg.norm(ring.neck - ring.root)
    half_u = neck_width(s, ring, np.full_like(s, shank_half), shank_half * shape.neck_width)
    half_v = taper(s, [(0, shape.ring_height * 0.46), (s_neck, shank_high), (s_joint, shank_high)])
    roundness = taper(s, [(0, 0.7), (s_neck, 0.6), (s_neck + 0.012, shape.shank_roundness)])
    rank = np.arange(len(s))
    in_joint = (rank >= num_shank) & (y < front_y)
    in_blade = (rank >= num_shank) & (y >= front_y)
    share = np.clip((y - front_y) / (tip_y - front_y), 0, 1)
    share = (1 - shape.blade_belly) * share + shape.blade_belly * share**3
    tip_half = (shape.blunt_width if blunt else shape.tip_width) / 2
    back = shape.joint_width / 2 * (1 - share) + tip_half * share
    edge = back * shape.blade_overlap
    ease = tip_half * 1.6
    rounding = end_rounding(s, 0.0, ease)
    half_u = np.where(in_joint, shape.joint_width / 2, half_u)
    half_u = np.where(in_blade, (back + edge) / 2 * rounding, half_u)
    middle = -_shank_x(shape)  # the path runs on in line with the shank
    shift_u = np.select([in_joint, in_blade], [middle, middle + (back - edge) / 2], 0.0)
    thin = shape.blade_height / 2 * (1 - 0.55 * share)
    layered = in_joint | in_blade
    half_v = np.where(layered, thin, half_v)
    sign = 1.0 if upper else -1.0
    shift_v = np.where(layered, sign * (thin + 2e-5), 0.0)
    roundness = np.where(layered, 0.35, roundness)
    return half_u, half_v, shift_u, shift_v, roundness
