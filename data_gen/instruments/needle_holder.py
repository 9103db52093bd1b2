"""Needle holder: short blunt jaws, box lock, slim shanks that stay apart, ratchet, rings."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

import numpy as np

from data_gen.instruments.hinged import HingedModel
from data_gen.instruments.model import OBLIQUE, Part
from data_gen.instruments.needle_holder_shape import NeedleHolderShape
from data_gen.instruments.ring_handle import Ring, along, neck_width, shank_path, taper
from data_gen.instruments.shape import sample_shape
from data_gen.instruments.solids import (
    Solid,
    disc,
    end_grid,
    end_rounding,
    join,
    loft,
    mirror_x,
)


class NeedleHolder(HingedModel):
    """A needle holder built from a shape."""

    name = "needle_holder"
    category_id = 1

    def __init__(self, shape: NeedleHolderShape) -> None:
        self.shape = shape
        self.parameters = asdict(shape)
        self.opening_range = (0.0, shape.widest)
        tip = np.array([shape.jaw_tip_width / 4, shape.jaw_end - 4e-4, shape.bend(shape.jaw_end)])
        left, right = shape.ring(1.0), shape.ring(-1.0)
        super().__init__(
            left=_half(shape, left, "left", box=not shape.flipped),
            right=_half(shape, right, "right", box=shape.flipped),
            handles=np.array([left.center, right.center * [-1, 1, 1]]),
            tips=tip * [[1, 1, 1], [-1, 1, 1]],
            hinge_radius=OBLIQUE * max(shape.box_width, shape.box_height) / 2 + 0.001,
            handle_radius=shape.ring_height / 2,
            tip_radius=max(shape.jaw_tip_width / 2, shape.jaw_tip_height) / 2 + 0.001,
        )


def sample_needle_holder(rng: np.random.Generator, ranges: Mapping | None = None) -> NeedleHolder:
    return NeedleHolder(sample_shape(NeedleHolderShape, rng, ranges))


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
    the sections shift back to it, so that shoulders do not bend the path.
    """
    rear, front_y = shape.box
    quarter = shape.box_width / 4
    start, stop = ring.neck, np.array([-quarter, rear, 0.0])
    length = np.linalg.norm(stop - start)
    outward = np.array([start[1] - stop[1], stop[0] - start[0], 0.0]) / length
    t = np.linspace(0.010 / length, 1, 9)[:, None]
    knots = start + t * (stop - start) + 4 * t * (1 - t) * shape.shank_bow * outward
    shank = shank_path(ring, knots)
    y = end_grid(rear + 3e-4, shape.jaw_end, 0.0015, 0.0012, breaks=(rear + 0.0010, front_y))
    path = np.concatenate([shank, np.column_stack([0 * y - quarter, y, 0 * y])])
    path[:, 2] = shape.bend(path[:, 1])

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
    jaw_u = shape.jaw_half_u(y) * rounding  # the inner face stays straight
    zones = [in_box, in_jaw]
    half_u = np.select(zones, [quarter * width, jaw_u], half_u)
    half_v = np.select(zones, [shape.box_height * height, shape.jaw_half_v(y) * rounding], half_v)
    shift = np.select(zones, [quarter, quarter + jaw_u], 0.0)
    roundness = np.select(zones, [0.3, shape.jaw_roundness], roundness)

    # slanted most at the shoulders, square again 8 mm away
    nearest = np.minimum(np.abs(y - rear), np.abs(y - front_y))
    slant = shape.box_slant * np.clip(1 - nearest / 0.008, 0, 1)

    def build(part: slice) -> Solid:
        return loft(
            path[part],
            half_u[part],
            half_v[part],
            roundness=roundness[part],
            shift_u=shift[part],
            slant=slant[part],
        )

    return build, path


def _insert(shape: NeedleHolderShape) -> Solid:
    """Gripping plate on the inner face, proud by the width of its hatching."""
    start = shape.box[1] + 0.0015
    y = end_grid(start, shape.jaw_end - 0.0012, 0.0015, 0.0005)
    path = np.column_stack([0 * y + 1e-5, y, shape.bend(y)])
    half_v = shape.jaw_half_v(y) * shape.insert_height
    depth = np.minimum(shape.jaw_half_u(y), 6e-4)
    return loft(path, depth / 2, half_v, roundness=0.15, shift_u=depth / 2)


def _ratchet(shape: NeedleHolderShape, ring: Ring, upper: bool) -> Solid:
    """Tab that points inwards; the tabs of the halves lie on each other, teeth between them."""
    start, y = ring.neck[0], ring.neck[1] + 0.0005
    reach = shape.gap / 2 * shape.ratchet_overlap
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
