"""Closed solids with rounded edges: the few shapes all instruments are put together from.

Everything is a *loft*: a rounded rectangle carried along a path, wide ``2 * half_u`` in the
direction u and ``2 * half_v`` in the direction v, with v as close to ``up`` as the path allows
and u to the right of travel. Rounded edges matter: their highlights make steel look like steel.

Shapes: N stations along a path, M points around a section.
"""

from typing import NamedTuple

import numpy as np

CORNER_POINTS = 4
_MAX_ROUNDNESS = 0.94  # a full circle would leave flats of length zero, hence degenerate faces


class Solid(NamedTuple):
    """A closed mesh: (V, 3) vertices in meters and outward faces."""

    vertices: np.ndarray
    faces: list[tuple[int, ...]]


def loft(
    path: np.ndarray,
    half_u: np.ndarray | float,
    half_v: np.ndarray | float,
    *,
    roundness: np.ndarray | float = 0.5,
    shift_u: np.ndarray | float = 0.0,
    shift_v: np.ndarray | float = 0.0,
    slant: np.ndarray | float = 0.0,
    up: tuple[float, float, float] = (0.0, 0.0, 1.0),
    closed: bool = False,
) -> Solid:
    """Carry a rounded rectangle along a path.

    Args:
        path: (N, 3) stations in meters, N >= 2; the direction of travel comes from neighbors.
        half_u: (N,) or one half width, to both sides of travel.
        half_v: (N,) or one half height, along ``up``.
        roundness: (N,) or one corner radius as a share of the smaller half, 0 sharp, 1 round.
        shift_u: (N,) or one displacement of the section along u.
        shift_v: the same along v.
        slant: (N,) or one slope of the section: points at u lie ``slant * u`` further along.
        closed: the path is a loop; the last station joins the first.

    Returns:
        N * M vertices; flat caps close the ends of an open path.
    """
    path = np.asarray(path, dtype=float)
    n = len(path)
    u, v = _frames(path, np.asarray(up, dtype=float), closed)
    half_u, half_v, roundness, shift_u, shift_v, slant = (
        np.broadcast_to(np.asarray(x, dtype=float), (n,))
        for x in (half_u, half_v, roundness, shift_u, shift_v, slant)
    )
    section = _sections(half_u, half_v, roundness)
    section = section + np.stack([shift_u, shift_v], axis=-1)[:, None]
    points = path[:, None] + section[..., :1] * u[:, None] + section[..., 1:] * v[:, None]
    points = points + (slant[:, None] * section[..., 0])[..., None] * np.cross(v, u)[:, None]
    m = points.shape[1]
    following = (np.arange(m) + 1) % m
    faces: list[tuple[int, ...]] = []
    for i in range(n if closed else n - 1):
        a, b = i * m, (i + 1) % n * m
        faces += [(a + j, b + j, b + k, a + k) for j, k in enumerate(following.tolist())]
    if not closed:
        faces.append(tuple(range(m)))
        faces.append(tuple(range((n - 1) * m, n * m))[::-1])
    return Solid(points.reshape(-1, 3), faces)


def ellipse_path(
    center: np.ndarray, half_long: float, half_short: float, tilt: float, count: int = 56
) -> np.ndarray:
    """(count, 3) loop in the XY plane, long axis along Y turned by ``tilt`` radians."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    x, y = half_short * np.cos(angle), half_long * np.sin(angle)
    c, s = np.cos(tilt), np.sin(tilt)
    loop = np.stack([c * x - s * y, s * x + c * y, np.zeros(count)], axis=-1)
    return loop + np.asarray(center, dtype=float)


def disc(center: np.ndarray, radius: float, half_height: float, bevel: float = 0.3) -> Solid:
    """A flat round head (screw, rivet) with its axis along Z."""
    ease = bevel * min(radius, half_height)
    z = np.array([-half_height, ease - half_height, half_height - ease, half_height])
    path = np.asarray(center, dtype=float) + np.stack([0 * z, 0 * z, z], axis=-1)
    half = radius - ease * np.array([1.0, 0.0, 0.0, 1.0])
    return loft(path, half, half, roundness=1.0, up=(0.0, 1.0, 0.0))


def prism(outline: np.ndarray, z_low: float, z_high: float, bevel: float) -> Solid:
    """Extrude a star-shaped outline along Z, its rims drawn in by ``bevel`` meters.

    Args:
        outline: (M, 2) x, y counterclockwise seen from +Z.
    """
    outline = np.asarray(outline, dtype=float)
    middle = outline.mean(axis=0)
    size = np.linalg.norm(outline - middle, axis=1, keepdims=True)
    inner = middle + (outline - middle) * np.maximum(1 - bevel / np.maximum(size, 1e-9), 0.05)
    layers = [
        (inner, z_low),
        (outline, z_low + bevel),
        (outline, z_high - bevel),
        (inner, z_high),
    ]
    m = len(outline)
    vertices = np.concatenate([np.column_stack([xy, np.full(m, z)]) for xy, z in layers])
    faces: list[tuple[int, ...]] = [tuple(range(m))[::-1], tuple(range(3 * m, 4 * m))]
    for layer in range(3):
        a, b = layer * m, (layer + 1) * m
        faces += [(a + j, a + (j + 1) % m, b + (j + 1) % m, b + j) for j in range(m)]
    return Solid(vertices, faces)


def join(*solids: Solid) -> Solid:
    """Put solids into one mesh; they may overlap, each stays closed."""
    vertices, faces, start = [], [], 0
    for solid in solids:
        vertices.append(solid.vertices)
        faces += [tuple(index + start for index in face) for face in solid.faces]
        start += len(solid.vertices)
    return Solid(np.concatenate(vertices), faces)


def mirror_x(solid: Solid) -> Solid:
    """Reflect x to -x; faces are reversed so that they stay outward."""
    return Solid(solid.vertices * [-1, 1, 1], [face[::-1] for face in solid.faces])


def end_grid(
    start: float, stop: float, step: float, ease: float, breaks: tuple = ()
) -> np.ndarray:
    """Stations from start to stop: dense within ``ease`` of the ends and around ``breaks``.

    Every break is passed by a pair of stations 0.2 mm apart, which keeps a shoulder crisp.
    """
    swing = ease * (1 - np.cos(np.linspace(0, np.pi / 2, 7)))
    body = np.linspace(start + ease, stop - ease, max(2, int((stop - start) / step)))
    around = [b + d for b in breaks for d in (-4e-4, -1e-4, 1e-4, 4e-4)]
    grid = np.unique(np.concatenate([start + swing, stop - swing, body, around]))
    grid = grid[(grid >= start) & (grid <= stop)]
    keep = np.concatenate([[True], np.diff(grid) > 2e-5])
    return grid[keep]


def end_rounding(s: np.ndarray, ease_start: float, ease_end: float) -> np.ndarray:
    """(N,) factor that lets a section shrink as a quarter circle towards the ends of ``s``."""
    factor = np.ones_like(s)
    for distance, ease in ((s - s[0], ease_start), (s[-1] - s, ease_end)):
        if ease > 0:
            inside = np.clip(1 - distance / ease, 0, 1)
            factor *= np.sqrt(np.maximum(1 - inside**2, 0))
    return np.maximum(factor, 0.04)


def _frames(path: np.ndarray, up: np.ndarray, closed: bool) -> tuple[np.ndarray, np.ndarray]:
    if closed:
        travel = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    else:
        travel = np.gradient(path, axis=0)
    travel /= np.linalg.norm(travel, axis=1, keepdims=True)
    u = np.cross(travel, up)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    return u, np.cross(u, travel)


def _sections(half_u: np.ndarray, half_v: np.ndarray, roundness: np.ndarray) -> np.ndarray:
    """(N, M, 2) rounded rectangles, counterclockwise from u to v.

    Each corner is an arc plus one support point on either flat, so that interpolated normals
    turn at the edge and not over the whole flat.
    """
    radius = np.minimum(half_u, half_v) * np.clip(roundness, 0.02, _MAX_ROUNDNESS)
    flat_u, flat_v = half_u - radius, half_v - radius
    columns = []
    for quarter in range(4):
        sign_u = (1, -1, -1, 1)[quarter]
        sign_v = (1, 1, -1, -1)[quarter]
        arc = np.linspace(0, np.pi / 2, CORNER_POINTS) + quarter * np.pi / 2
        corner = [
            (sign_u * flat_u + radius * np.cos(a), sign_v * flat_v + radius * np.sin(a))
            for a in arc
        ]
        before, after = _supports(corner, sign_u, sign_v, flat_u, flat_v, quarter)
        columns += [before, *corner, after]
    return np.stack([np.stack(c, axis=-1) for c in columns], axis=1)


def _supports(corner, sign_u, sign_v, flat_u, flat_v, quarter):
    along_u, along_v = 0.25 * sign_u * flat_u, 0.25 * sign_v * flat_v
    first, last = corner[0], corner[-1]
    if quarter % 2 == 0:  # comes up the v side, leaves along the u side
        return (first[0], first[1] - along_v), (last[0] - along_u, last[1])
    return (first[0] - along_u, first[1]), (last[0], last[1] - along_v)
