"""Needle holder: short blunt jaws, box lock, slim shanks that stay apart, ratchet, finger rings.

Proportions follow Mayo-Hegar (long, slim) and Crile-Wood (shorter jaws, narrower) patterns.
"""

from dataclasses import asdict, dataclass

import numpy as np

from data_gen.instruments.hinged import HingedModel
from data_gen.instruments.model import Part
from data_gen.instruments.ring_handle import Ring, along, shank_path, taper
from data_gen.instruments.shape import chance, one_of, sample_shape, within
from data_gen.instruments.solids import (
    Solid,
    disc,
    end_grid,
    end_rounding,
    join,
    loft,
    mirror_x,
)


@dataclass(frozen=True)
class NeedleHolderShape:
    """What varies; metres and radians. Widths of jaws and box are those of both halves closed."""

    length: float = within(0.115, 0.215)  # from the tips to the far end of the rings
    jaw_share: float = within(0.17, 0.29)  # of the length, from the hinge to the tips
    box_share: float = within(0.085, 0.13)  # of the length
    box_width: float = within(0.0066, 0.0100)
    box_height: float = within(0.0040, 0.0062)
    jaw_tip_width: float = within(0.0026, 0.0048)
    jaw_tip_height: float = within(0.0020, 0.0034)
    jaw_belly: float = within(0.0, 0.5)  # 0 tapers straight, 1 stays wide until the tip
    jaw_curve: float = within(-0.10, 0.10)  # bend out of the plane, radians
    jaw_curved: bool = chance(0.12)
    jaw_roundness: float = within(0.35, 0.9)
    shank_width: float = within(0.0030, 0.0046)
    shank_height: float = within(0.0028, 0.0042)
    shank_roundness: float = within(0.35, 0.94)
    shank_bow: float = within(-0.0006, 0.0022)  # outwards, halfway along the shank
    shank_gap: float = within(0.0075, 0.0160)  # between the center lines at the ratchet
    neck_length: float = within(0.003, 0.008)  # between ratchet and ring
    ring_length: float = within(0.0250, 0.0340)  # outer
    ring_width: float = within(0.0190, 0.0265)  # outer
    ring_offset: float = within(0.85, 1.30)  # hole center from the shank, in half ring widths
    ring_tilt: float = within(-0.10, 0.40)
    ring_wire: float = within(0.0024, 0.0042)
    ring_height: float = within(0.0022, 0.0038)
    ratchet_width: float = within(0.0030, 0.0052)
    ratchet_height: float = within(0.0011, 0.0019)
    ratchet_teeth: int = within(3, 6)
    ratchet_overlap: float = within(1.1, 1.9)  # tab length in half gaps
    pin_radius: float = within(0.0010, 0.0020)
    insert_height: float = within(0.65, 0.95)  # of the jaw's height
    finish: str = one_of("plain", "plain", "plain", "gold_rings", "tungsten")
    flipped: bool = chance(0.5)  # which half carries the box
    widest: float = within(0.35, 1.60)  # largest opening


class NeedleHolder(HingedModel):
    """A needle holder built from a shape."""

    name = "needle_holder"
    category_id = 1

    def __init__(self, shape: NeedleHolderShape) -> None:
        self.shape = shape
        self.parameters = asdict(shape)
        self.opening_range = (0.0, shape.widest)
        tip = _jaw_tip(shape)
        ring = _ring(shape)
        super().__init__(
            left=_half(shape, ring, "left", box=not shape.flipped),
            right=_half(shape, ring, "right", box=shape.flipped),
            handles=ring.center * [[1, 1, 1], [-1, 1, 1]],
            tips=tip * [[1, 1, 1], [-1, 1, 1]],
            hinge_radius=max(shape.box_width, shape.box_height) / 2 + 0.001,
            handle_radius=shape.ring_height / 2,
            tip_radius=max(shape.jaw_tip_width / 2, shape.jaw_tip_height) / 2 + 0.001,
        )


def sample_needle_holder(rng: np.random.Generator, ranges=None) -> NeedleHolder:
    return NeedleHolder(sample_shape(NeedleHolderShape, rng, ranges))


def _ring(shape: NeedleHolderShape) -> Ring:
    half_long = (shape.ring_length - shape.ring_wire) / 2
    half_short = (shape.ring_width - shape.ring_wire) / 2
    rear = shape.length * (shape.jaw_share - 1)
    x = -shape.shank_gap / 2 - shape.ring_offset * half_short
    center = np.array([x, rear + shape.ring_length / 2, 0.0])
    return Ring(
        center, half_long, half_short, -shape.ring_tilt, shape.ring_wire, shape.ring_height
    )


def _half(shape: NeedleHolderShape, ring: Ring, side: str, box: bool) -> list[Part]:
    """Parts of one half, modelled at the left and reflected for the right."""
    gold = "gold" if shape.finish == "gold_rings" else "steel"
    insert = "insert" if shape.finish in ("tungsten", "gold_rings") else "hatched"
    neck = np.array([-shape.shank_gap / 2, ring.center[1] + ring.half_long + 0.002, 0.0])
    tab_y = neck[1] + shape.neck_length
    front, grip = _body(shape, ring, neck, tab_y, box)
    ratchet = _ratchet(shape, tab_y, upper=box)
    if box:
        front = join(front, disc(np.zeros(3), shape.pin_radius, shape.box_height / 2 + 1.5e-4))
    pieces = {
        "half": (front, "steel"),
        "handle": (join(ring.build(), grip, ratchet), gold),
        "insert": (_insert(shape), insert),
    }
    parts = []
    for name, (solid, material) in pieces.items():
        solid = solid if side == "left" else mirror_x(solid)
        parts.append(Part(f"{side}_{name}", solid.vertices, solid.faces, material))
    return parts


def _body(
    shape: NeedleHolderShape, ring: Ring, neck: np.ndarray, tab_y: float, box: bool
) -> tuple[Solid, Solid]:
    """One piece of steel from ring to jaw tip, cut in two at the ratchet for its materials."""
    jaw, half_box = shape.length * shape.jaw_share, shape.length * shape.box_share / 2
    quarter = shape.box_width / 4
    middle = np.array([0.5, 0.5, 1.0]) * (neck + [-quarter, -half_box, 0.0])
    middle[0] = (neck[0] - quarter) / 2 - shape.shank_bow
    knots = np.array(
        [
            neck,
            [neck[0] + 1e-4, tab_y, 0.0],
            middle,
            [-quarter, -half_box, 0.0],
        ]
    )
    shank = shank_path(knots, ring)
    y = end_grid(-half_box + 4e-4, jaw, 0.0015, 0.0012, breaks=(-half_box + 0.0012, half_box))
    front = np.column_stack([0 * y, y, 0 * y])
    front[:, 0] = np.interp(y, [-half_box, -half_box + 0.001], [-quarter, 0.0])
    path = np.concatenate([shank, front])
    path[:, 2] = _bend(shape, path[:, 1])

    s, y = along(path), path[:, 1]
    s_neck = float(np.interp(tab_y, shank[:, 1], s[: len(shank)]))
    s_box = s[len(shank) - 1]
    half_u = taper(
        s,
        [
            (0.0, shape.ring_wire * 0.35),
            (s_neck * 0.45, shape.ring_wire * 0.52),
            (s_neck, shape.shank_width * 0.62),
            (s_neck + 0.010, shape.shank_width / 2),
            (s_box * 0.75, shape.shank_width / 2),
            (s_box, quarter),
        ],
    )
    half_v = taper(
        s,
        [
            (0.0, shape.ring_height * 0.45),
            (s_neck, shape.shank_height * 0.48),
            (s_box * 0.8, shape.shank_height / 2),
            (s_box, shape.box_height * 0.46),
        ],
    )
    roundness = taper(s, [(0, 0.8), (s_neck, 0.6), (s_neck + 0.012, shape.shank_roundness)])
    in_box = np.abs(y) < half_box
    in_box[: len(shank)] = False
    in_jaw = y >= half_box
    shift = np.where(in_jaw, _jaw_half_u(shape, y), 0.0)
    half_u = np.where(in_jaw, _jaw_half_u(shape, y), half_u)
    half_v = np.where(in_jaw, _jaw_half_v(shape, y), half_v)
    width, height = (2.0, 0.5) if box else (1.9, 0.28)
    half_u = np.where(in_box, quarter * width, half_u)
    half_v = np.where(in_box, shape.box_height * height, half_v)
    roundness = np.where(in_box, 0.3, np.where(in_jaw, shape.jaw_roundness, roundness))
    rounding = end_rounding(s, 0.0, 0.0012)
    cut = int(np.searchsorted(s, s_neck + 0.004))

    def piece(part: slice) -> Solid:
        return loft(
            path[part],
            (half_u * rounding)[part],
            (half_v * rounding)[part],
            roundness=roundness[part],
            shift_u=shift[part],
        )

    return piece(slice(cut, None)), piece(slice(None, cut + 1))


def _jaw_share(shape: NeedleHolderShape, y: np.ndarray) -> np.ndarray:
    """0 at the box, 1 at the tip, held back by the belly."""
    start, stop = shape.length * shape.box_share / 2, shape.length * shape.jaw_share
    share = np.clip((y - start) / (stop - start), 0, 1)
    return (1 - shape.jaw_belly) * share + shape.jaw_belly * share**3


def _jaw_half_u(shape: NeedleHolderShape, y: np.ndarray) -> np.ndarray:
    share = _jaw_share(shape, y)
    return (shape.box_width * (1 - share) + shape.jaw_tip_width * share) / 4


def _jaw_half_v(shape: NeedleHolderShape, y: np.ndarray) -> np.ndarray:
    share = _jaw_share(shape, y)
    return (0.94 * shape.box_height * (1 - share) + shape.jaw_tip_height * share) / 2


def _bend(shape: NeedleHolderShape, y: np.ndarray) -> np.ndarray:
    """z of a curved jaw: a parabola that leaves the plane at the box."""
    if not shape.jaw_curved:
        return np.zeros_like(y)
    start, stop = shape.length * shape.box_share / 2, shape.length * shape.jaw_share
    return shape.jaw_curve * 2 * np.clip(y - start, 0, None) ** 2 / (stop - start)


def _jaw_tip(shape: NeedleHolderShape) -> np.ndarray:
    y = shape.length * shape.jaw_share
    z = _bend(shape, np.array([y]))[0]
    return np.array([shape.jaw_tip_width / 4, y - 0.0004, z])


def _insert(shape: NeedleHolderShape) -> Solid:
    """Gripping plate on the inner face, proud by the width of its hatching."""
    start = shape.length * shape.box_share / 2 + 0.0015
    y = end_grid(start, shape.length * shape.jaw_share - 0.0012, 0.0015, 0.0005)
    path = np.column_stack([0 * y + 1e-5, y, _bend(shape, y)])
    half_v = _jaw_half_v(shape, y) * shape.insert_height
    depth = np.minimum(_jaw_half_u(shape, y), 6e-4)
    return loft(path, depth / 2, half_v, roundness=0.15, shift_u=depth / 2)


def _ratchet(shape: NeedleHolderShape, y: float, upper: bool) -> Solid:
    """Tab that points inwards; the tabs of the halves lie on each other, teeth between them."""
    start, reach = -shape.shank_gap / 2, shape.shank_gap / 2 * shape.ratchet_overlap
    toothed = reach * 0.6
    x = np.concatenate(
        [
            [0.0, reach - toothed],
            *(_tooth(shape, reach, toothed, i) for i in range(shape.ratchet_teeth)),
        ]
    )
    wave = np.zeros_like(x)
    wave[2::3] = 1.0  # each tooth rises sharply and falls slowly
    path = np.column_stack([start + x, np.full_like(x, y), 0 * x])
    depth = 0.45 * shape.ratchet_height * wave
    thick = shape.ratchet_height - depth
    sign = 1.0 if upper else -1.0
    middle = sign * (shape.ratchet_height / 2 + 5e-5 + depth / 2)
    half_u = np.interp(x, [0, reach * 0.3, reach], [0.65, 0.5, 0.45]) * shape.ratchet_width
    return loft(path, half_u, thick / 2, roundness=0.3, shift_v=middle)


def _tooth(shape: NeedleHolderShape, reach: float, toothed: float, index: int) -> np.ndarray:
    pitch = toothed / shape.ratchet_teeth
    return reach - toothed + pitch * (index + np.array([0.1, 0.75, 0.95]))
