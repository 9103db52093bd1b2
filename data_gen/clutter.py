"""Draw objects that are no instrument: on the table, and in front of the camera.

All meshes are in meters, z up, standing on or around their origin.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import trimesh

from data_gen.instruments.solids import loft
from data_gen.patterns import color_of
from data_gen.presets import happens
from surgtools.errors import InputError


@dataclass(frozen=True)
class Clutter:
    """One object with one surface.

    Attributes:
        vertices: (V, 3) meters.
        faces: vertex indices of each polygon.
        color: (3,) sRGB in 0..1.
        flat: shade without interpolated normals.
    """

    kind: str
    vertices: np.ndarray
    faces: list[tuple[int, ...]]
    color: np.ndarray
    roughness: float
    metallic: float
    flat: bool = False


def sample_clutter(kind: str, rng: np.random.Generator) -> Clutter:
    """Draw an object of one of the kinds in ``CLUTTER``.

    Raises:
        InputError: unknown kind.
    """
    if kind not in CLUTTER:
        known = ", ".join(CLUTTER)
        raise InputError(f"object kind {kind!r} is unknown; expected {known}")
    mesh, surface, flat = CLUTTER[kind](rng)
    color, roughness, metallic = surface
    faces = [tuple(face) for face in np.asarray(mesh.faces).tolist()]
    return Clutter(kind, np.asarray(mesh.vertices), faces, color, roughness, metallic, flat)


def _any_surface(rng: np.random.Generator) -> tuple[np.ndarray, float, float]:
    if happens(rng, 0.35):
        return _metal(rng)
    return color_of(rng), float(rng.uniform(0.2, 0.9)), 0.0


def _metal(rng: np.random.Generator) -> tuple[np.ndarray, float, float]:
    if happens(rng, 0.25):
        color = color_of(rng, (0.09, 0.13), (0.3, 0.6), (0.7, 0.95))
    else:
        color = color_of(rng, saturation=(0, 0.06), value=(0.5, 0.9))
    return color, float(rng.uniform(0.1, 0.5)), 1.0


def _cloth_surface(rng: np.random.Generator) -> tuple[np.ndarray, float, float]:
    if happens(rng, 0.5):
        return color_of(rng, saturation=(0, 0.15), value=(0.6, 1)), 0.95, 0.0
    return color_of(rng, (0.36, 0.64), (0.2, 0.8), (0.2, 0.9)), 0.95, 0.0


def _box(rng: np.random.Generator):
    size = np.exp(rng.uniform(np.log(0.006), np.log(0.1), size=3))
    mesh = trimesh.creation.box(extents=size)
    mesh.apply_translation([0, 0, size[2] / 2])
    return mesh, _any_surface(rng), True


def _card(rng: np.random.Generator):
    """Paper, label, package: a thin plate."""
    mesh = trimesh.creation.box(extents=[*rng.uniform(0.02, 0.14, size=2), 0.0006])
    mesh.apply_translation([0, 0, 0.0003])
    color = color_of(rng, saturation=(0, 0.5), value=(0.4, 1))
    return mesh, (color, float(rng.uniform(0.3, 0.9)), 0.0), True


def _rod(rng: np.random.Generator):
    radius, length = np.exp(rng.uniform(np.log(0.0008), np.log(0.01))), rng.uniform(0.05, 0.25)
    mesh = trimesh.creation.cylinder(radius, length, sections=24)
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [0, 1, 0]))
    mesh.apply_translation([0, 0, radius])
    surface = _metal(rng) if happens(rng, 0.6) else _any_surface(rng)
    return mesh, surface, False


def _strip(rng: np.random.Generator):
    """A flat metal or plastic bar: what is easily taken for an arm of tweezers."""
    size = [rng.uniform(0.06, 0.22), rng.uniform(0.003, 0.016), rng.uniform(0.0008, 0.004)]
    mesh = trimesh.creation.box(extents=size)
    mesh.apply_translation([0, 0, size[2] / 2])
    surface = _metal(rng) if happens(rng, 0.7) else _any_surface(rng)
    return mesh, surface, True


def _coin(rng: np.random.Generator):
    radius, height = rng.uniform(0.006, 0.03), rng.uniform(0.001, 0.02)
    mesh = trimesh.creation.cylinder(radius, height, sections=40)
    mesh.apply_translation([0, 0, height / 2])
    return mesh, _any_surface(rng), True


def _ring(rng: np.random.Generator):
    minor = rng.uniform(0.0008, 0.003)
    mesh = trimesh.creation.torus(rng.uniform(0.006, 0.03), minor, 40, 12)
    mesh.apply_translation([0, 0, minor])
    surface = _metal(rng) if happens(rng, 0.6) else _any_surface(rng)
    return mesh, surface, False


def _ball(rng: np.random.Generator):
    radius = rng.uniform(0.003, 0.025)
    mesh = trimesh.creation.icosphere(subdivisions=3, radius=radius)
    mesh.apply_scale([1, 1, rng.uniform(0.3, 1)])
    mesh.apply_translation([0, 0, radius * 0.6])
    return mesh, _any_surface(rng), False


def _cloth(rng: np.random.Generator):
    """Gauze or a towel: a wavy patch."""
    count = 40
    width, length = rng.uniform(0.03, 0.16, size=2)
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, count), np.linspace(-0.5, 0.5, count))
    z = np.zeros_like(x)
    for _ in range(6):
        wave = rng.normal(0, 9, size=2)
        z += rng.uniform(0, 0.003) * np.sin(wave[0] * x + wave[1] * y + rng.uniform(0, 6))
    rim = 1 + 0.08 * np.sin(np.arctan2(y, x) * 5 + rng.uniform(0, 6))
    points = np.stack([x * width * rim, y * length * rim, z - z.min() + 0.001], axis=-1)
    grid = np.arange(count * count).reshape(count, count)
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=-1)
    corners = quads.reshape(-1, 4)
    faces = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    mesh = trimesh.Trimesh(points.reshape(-1, 3), faces, process=False)
    return mesh, _cloth_surface(rng), False


def _thread(rng: np.random.Generator):
    """A suture, tube or cable: a smooth curve on the table."""
    steps = np.cumsum(rng.normal(0, 0.25, size=60))
    turn = np.cumsum(steps * 0.12) + rng.uniform(0, 6)
    path = np.cumsum(np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=-1), axis=0)
    path *= rng.uniform(0.002, 0.005)
    radius = np.exp(rng.uniform(np.log(0.0002), np.log(0.003)))
    path -= path.mean(axis=0) - [0, 0, radius]
    solid = loft(path, radius, radius, roundness=1.0)
    faces = [(f[0], a, b) for f in solid.faces for a, b in zip(f[1:-1], f[2:], strict=True)]
    return trimesh.Trimesh(solid.vertices, faces, process=False), _any_surface(rng), False


def _finger(rng: np.random.Generator):
    """A gloved or bare fingertip that reaches in."""
    radius = rng.uniform(0.006, 0.011)
    mesh = trimesh.creation.capsule(height=rng.uniform(0.05, 0.12), radius=radius, count=[24, 24])
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [0, 1, 0]))
    mesh.apply_translation([-0.06, 0, radius])
    return mesh, (glove_color(rng), float(rng.uniform(0.25, 0.6)), 0.0), False


def glove_color(rng: np.random.Generator) -> np.ndarray:
    """(3,) sRGB of latex, nitrile or skin."""
    kind = rng.integers(4)
    if kind == 0:
        return color_of(rng, (0.08, 0.15), (0.1, 0.4), (0.75, 1))
    if kind == 1:
        return color_of(rng, (0.55, 0.72), (0.3, 0.9), (0.3, 0.9))
    if kind == 2:
        return color_of(rng, (0.02, 0.08), (0.25, 0.6), (0.3, 0.95))
    return color_of(rng, (0.4, 0.5), (0.05, 0.5), (0.6, 1))


CLUTTER: dict[str, Callable] = {
    "box": _box,
    "card": _card,
    "rod": _rod,
    "strip": _strip,
    "coin": _coin,
    "ring": _ring,
    "ball": _ball,
    "cloth": _cloth,
    "thread": _thread,
    "finger": _finger,
}
"""Kind to the function that draws its mesh, surface (color, roughness, metallic) and flatness."""
