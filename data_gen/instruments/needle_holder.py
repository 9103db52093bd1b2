"""Needle holder: short blunt jaws, box lock, slim shanks that stay apart, ratchet, finger rings.

Proportions follow Mayo-Hegar (long, slim) and Crile-Wood (shorter jaws, narrower) patterns.
"""

from collections.abc import Callable
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
    jaw_share: float = within(0.17, 0.33)  # of the length, from the hinge to the tips
    box_share: float = within(0.085, 0.13)  # of the length
    box_ahead: float = within(0.35, 0.65)  # part of the box between the hinge and the jaws
    box_width: float = within(0.0066, 0.0100)
    box_height: float = within(0.0040, 0.0062)
    jaw_tip_width: float = within(0.0026, 0.0048)
    jaw_tip_height: float = within(0.0020, 0.0034)
    tip_round: float = within(0.25, 0.8)  # length of the rounded end, in tip widths
    jaw_belly: float = within(0.0, 0.5)  # 0 tapers straight, 1 stays wide until the tip
    jaw_curve: float = within(-0.10, 0.10)  # bend out of the plane, radians
    jaw_curved: bool = chance(0.12)
    jaw_roundness: float = within(0.35, 0.9)
    shank_width: float = within(0.0030, 0.0046)
    shank_height: float = within(0.0028, 0.0042)
    shank_roundness: float = within(0.35, 0.94)
    shank_bow: float = within(-0.0006, 0.0022)  # outwards, halfway along the shank
    shank_gap: float = within(0.065, 0.150)  # between the ratchet's ends, of the length
    skew: float = within(-0.25, 0.25)  # uneven shanks, share of the gap
    neck_length: float = within(0.0035, 0.0075)  # from the ratchet to the ring's wire
    neck_width: float = within(0.9, 1.5)  # of the shank's
    ring_length: float = within(0.0240, 0.0340)  # outer
    ring_width: float = within(0.0185, 0.0265)  # outer
    ring_turn: float = within(0.30, 1.05)  # where the ring sits: 0 behind its shank, pi/2 beside
    ring_tilt: float = within(-0.15, 0.45)
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
        left, right = _ring(shape, 1.0), _ring(shape, -1.0)
        super().__init__(
            left=_half(shape, left, "left", box=not shape.flipped),
            right=_half(shape, right, "right", box=shape.flipped),
            handles=np.array([left.center, right.center * [-1, 1, 1]]),
            tips=tip * [[1, 1, 1], [-1, 1, 1]],
            hinge_radius=max(shape.box_width, shape.box_height) / 2 + 0.001,
            handle_radius=shape.ring_height / 2,
            tip_radius=max(shape.jaw_tip_width / 2, shape.jaw_tip_height) / 2 + 0.001,
        )


def sample_needle_holder(rng: np.random.Generator, ranges=None) -> NeedleHolder:
    return NeedleHolder(sample_shape(NeedleHolderShape, rng, ranges))


def _ring(shape: NeedleHolderShape, sign: float) -> Ring:
    """The ring of one half, as if it were the left one; the skew differs in ``sign``."""
    gap = shape.shank_gap * shape.length
    return place_ring(
        rear=shape.length * (shape.jaw_share - 1),
        shank_x=-gap / 2 * (1 + sign * shape.skew),
        neck_length=shape.neck_length,
        turn=shape.ring_turn * (1 + sign * shape.skew),
        outer_long=shape.ring_length,
        outer_short=shape.ring_width,
        tilt=shape.ring_tilt,
        wire=shape.ring_wire,
        wire_height=shape.ring_height,
    )


def _half(shape: NeedleHolderShape, ring: Ring, side: str, box: bool) -> list[Part]:
    """Parts of one half, modelled at the left and reflected for the right."""
    gilded = shape.finish == "gold_rings"
    body, path = _body(shape, ring, box)
    fittings = [ring.build(), _ratchet(shape, ring, upper=box)]
    if gilded:  # two pieces of one bar
        cut = int(np.searchsorted(path[:, 1], ring.neck[1] + 0.006))
        front, grip = body(slice(cut, None)), body(slice(None, cut + 1))
        fittings.append(grip)
    else:
        front = body(slice(None))
    if box:
        front = join(front, disc(np.zeros(3), shape.pin_radius, shape.box_height / 2 + 1.5e-4))
    pieces = {
        "half": (front, "steel"),
        "handle": (join(*fittings), "gold" if gilded else "steel"),
        "insert": (_insert(shape), "hatched" if shape.finish == "plain" else "insert"),
    }
    parts = []
    for name, (solid, material) in pieces.items():
        solid = solid if side == "left" else mirror_x(solid)
        parts.append(Part(f"{side}_{name}", solid.vertices, solid.faces, material))
    return parts


def _body(
    shape: NeedleHolderShape, ring: Ring, box: bool
) -> tuple[Callable[[slice], Solid], np.ndarray]:
    """The bar from ring to jaw tip: how to build a stretch of it, and its (N, 3) path.

    The path is straight from the box's rear to the tip, off the middle by a quarter of the box;
    the sections shift back to it, so that shoulders stay square to the path.
    """
    jaw = shape.length * shape.jaw_share
    rear, front_y = _box(shape)
    quarter = shape.box_width / 4
    start, stop = ring.neck, np.array([-quarter, rear, 0.0])
    travel = (stop - start) / np.linalg.norm(stop - start)
    outward = np.array([-travel[1], travel[0], 0.0])
    middle = (start + stop) / 2 + outward * shape.shank_bow
    shank = shank_path(
        ring, np.array([start + 0.010 * travel, middle, stop - 0.004 * travel, stop])
    )
    y = end_grid(rear + 3e-4, jaw, 0.0015, 0.0012, breaks=(rear + 0.0010, front_y))
    path = np.concatenate([shank, np.column_stack([0 * y - quarter, y, 0 * y])])
    path[:, 2] = _bend(shape, path[:, 1])

    s, y = along(path), path[:, 1]
    is_shank = np.arange(len(s)) < len(shank)
    in_jaw = ~is_shank & (y >= front_y)
    in_box = ~is_shank & ~in_jaw
    s_box, s_neck = s[len(shank) - 1], np.linalg.norm(ring.neck - ring.root)
    shank_half = shape.shank_width / 2
    half_u = taper(s, [(0, shank_half), (s_box * 0.72, shank_half), (s_box, quarter)])
    half_u = neck_width(s, ring, half_u, shank_half * shape.neck_width)
    half_v = taper(
        s,
        [
            (0.0, shape.ring_height * 0.46),
            (s_neck, shape.shank_height * 0.5),
            (s_box * 0.8, shape.shank_height / 2),
            (s_box, shape.box_height * 0.46),
        ],
    )
    roundness = taper(s, [(0, 0.7), (s_neck, 0.6), (s_neck + 0.012, shape.shank_roundness)])
    width, height = (2.0, 0.5) if box else (1.9, 0.28)  # the other half hides in the box
    rounding = end_rounding(s, 0.0, shape.jaw_tip_width * shape.tip_round)
    jaw_u = _jaw_half_u(shape, y) * rounding  # the inner face stays straight
    zones = [in_box, in_jaw]
    half_u = np.select(zones, [quarter * width, jaw_u], half_u)
    half_v = np.select(
        zones, [shape.box_height * height, _jaw_half_v(shape, y) * rounding], half_v
    )
    shift = np.select(zones, [quarter, quarter + jaw_u], 0.0)
    roundness = np.select(zones, [0.3, shape.jaw_roundness], roundness)

    def build(part: slice) -> Solid:
        return loft(
            path[part],
            half_u[part],
            half_v[part],
            roundness=roundness[part],
            shift_u=shift[part],
        )

    return build, path


def _box(shape: NeedleHolderShape) -> tuple[float, float]:
    """y of the box lock's rear and front end."""
    box = shape.length * shape.box_share
    return box * (shape.box_ahead - 1), box * shape.box_ahead


def _jaw_share(shape: NeedleHolderShape, y: np.ndarray) -> np.ndarray:
    """0 at the box, 1 at the tip, held back by the belly."""
    start, stop = _box(shape)[1], shape.length * shape.jaw_share
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
    start, stop = _box(shape)[1], shape.length * shape.jaw_share
    return shape.jaw_curve * 2 * np.clip(y - start, 0, None) ** 2 / (stop - start)


def _jaw_tip(shape: NeedleHolderShape) -> np.ndarray:
    y = shape.length * shape.jaw_share
    z = _bend(shape, np.array([y]))[0]
    return np.array([shape.jaw_tip_width / 4, y - 0.0004, z])


def _insert(shape: NeedleHolderShape) -> Solid:
    """Gripping plate on the inner face, proud by the width of its hatching."""
    start = _box(shape)[1] + 0.0015
    y = end_grid(start, shape.length * shape.jaw_share - 0.0012, 0.0015, 0.0005)
    path = np.column_stack([0 * y + 1e-5, y, _bend(shape, y)])
    half_v = _jaw_half_v(shape, y) * shape.insert_height
    depth = np.minimum(_jaw_half_u(shape, y), 6e-4)
    return loft(path, depth / 2, half_v, roundness=0.15, shift_u=depth / 2)


def _ratchet(shape: NeedleHolderShape, ring: Ring, upper: bool) -> Solid:
    """Tab that points inwards; the tabs of the halves lie on each other, teeth between them."""
    start, y = ring.neck[0], ring.neck[1] + 0.0005
    reach = shape.shank_gap * shape.length / 2 * shape.ratchet_overlap
    toothed = reach * 0.6
    teeth = [_tooth(shape, reach, toothed, index) for index in range(shape.ratchet_teeth)]
    x = np.concatenate([[0.0, reach - toothed], *teeth])
    wave = np.zeros_like(x)
    wave[4::3] = 1.0  # each tooth rises sharply and falls slowly
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
