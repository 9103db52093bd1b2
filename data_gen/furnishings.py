"""The large things around surgeons' hands: gowns, sheets, a limb, gauze, film, hoses, a tray.

None of them is labelled; they are what gowned arms and folded cloth look like to a detector that
must stay silent about them. Meters, z up, the middle of the work at the world's origin.
"""

from collections.abc import Mapping
from types import SimpleNamespace

import cv2
import numpy as np

from data_gen.bodies import Body, Surface, sample_body
from data_gen.instruments import Part
from data_gen.instruments.solids import loft
from data_gen.materials import Look, sample_look
from data_gen.patterns import color_of, noise
from data_gen.placement import HeightField, pose_at, spin, world_parts
from data_gen.presets import choose, happens, integer, log_uniform

SOFT = ("limb", "gown", "sheet", "gauze", "film")
"""Kinds that give way: hands may rest on them and sink in."""

_CLOTHS = {
    "navy": ((0.57, 0.62), (0.6, 0.9), (0.12, 0.4)),
    "blue": ((0.56, 0.62), (0.4, 0.8), (0.3, 0.7)),
    "teal": ((0.46, 0.53), (0.3, 0.7), (0.3, 0.7)),
    "green": ((0.38, 0.46), (0.3, 0.7), (0.2, 0.6)),
    "white": ((0.0, 1.0), (0.0, 0.08), (0.75, 0.98)),
}
"""Hue, saturation and value of what lies and hangs in a theatre."""

HEAPED = {"scissors": 1, "clamp": 2}
"""Weights of the ring-handled look-alikes that lie in a heap."""


def sample_limb(rng: np.random.Generator) -> Body:
    """An arm or a leg that lies across the middle of the work."""
    look = sample_look(rng, {"blood": _some_blood(rng, 0.7)})
    radius = rng.uniform(0.035, 0.09)
    s = np.linspace(-0.45, 0.45, 30)
    bulge = 1 + 0.15 * np.sin(s * rng.uniform(4, 9) + rng.uniform(0, 6.28)) + 0.35 * s
    path = np.column_stack([0 * s, s, 0 * s + 0.55 * radius])
    solid = loft(path, radius * bulge, 0.8 * radius * bulge, roundness=0.94)
    part = Part("limb", solid.vertices, solid.faces, "skin")
    return Body("limb", "limb", [part], pose=_at(0.0, 0.0, rng), look=look)


def sample_gown(
    rng: np.random.Generator, behind: np.ndarray, look: Look, material: str = "gown"
) -> Body:
    """The front of whoever stands behind a hand, from below the table's edge up.

    Args:
        behind: (2,) where the body's middle stands.
        material: of the cloth, a key of ``materials.MATERIALS``.
    """
    around, up = 48, 40
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    z = np.linspace(-0.3, rng.uniform(0.45, 0.75), up)
    shoulders = np.sqrt(np.clip((z[-1] - z) / 0.12, 0.02, 1))
    folds = _folds(rng, 64)[:up, :around]
    lean = rng.uniform(-0.1, 0.25) * (z - z[0])
    rings = []
    for k, height in enumerate(z):
        half = np.array([rng.uniform(0.215, 0.22), 0.15]) * (1 + 0.1 * np.sin(3 * height))
        radius = shoulders[k] * (1 + 0.14 * folds[k])
        ring = (
            np.column_stack([half[0] * np.cos(angle), half[1] * np.sin(angle)]) * radius[:, None]
        )
        rings.append(np.column_stack([ring[:, 0], ring[:, 1] + lean[k], np.full(around, height)]))
    vertices, faces = np.concatenate(rings), []
    for k in range(up - 1):
        a, b = k * around, (k + 1) * around
        faces += [
            (a + j, a + (j + 1) % around, b + (j + 1) % around, b + j) for j in range(around)
        ]
    faces.append(tuple(range((up - 1) * around, up * around)))
    pose = np.eye(4)
    toward = -behind / max(np.linalg.norm(behind), 1e-6)
    pose[:2, 1] = toward
    pose[:2, 0] = toward[1], -toward[0]
    pose[:2, 3] = behind
    return Body("gown", "gown", [Part("front", vertices, faces, material)], pose=pose, look=look)


def sample_furnishings(
    rng: np.random.Generator,
    ranges: SimpleNamespace,
    heights: HeightField,
    reach: float,
    heaped: Mapping[str, float] = HEAPED,
) -> list[Body]:
    """Sheets, gauze, film, hoses and a heap of instruments, around the middle of the work.

    Args:
        reach: meters from the middle to the picture's border; sheets fill what is beyond 0.4.
        heaped: weights of the kinds in the heap, none of which is labelled.
    """
    spread = max(reach / 0.4, 1.0)
    bodies = []
    for i in range(integer(rng, ranges.sheets)):
        bodies.append(_sheet(rng, f"sheet{i}", spread))
    for i in range(integer(rng, ranges.gauze)):
        bodies.append(_gauze(rng, f"gauze{i}"))
    if happens(rng, ranges.film_share):
        bodies.append(_film(rng))
    for i in range(integer(rng, ranges.hoses)):
        bodies.append(_hose(rng, f"hose{i}"))
    placed = []
    for body in bodies:
        rest = max(heights.below(world_parts(body), sink=0.5), 0.0)
        pose = body.pose.copy()
        pose[2, 3] += rest
        placed.append(Body(**{**vars(body), "pose": pose}))
    if happens(rng, ranges.heap_share):
        placed += _heap(rng, ranges, heights, heaped)
    return placed


def _sheet(rng: np.random.Generator, name: str, spread: float) -> Body:
    """A folded drape beside the work."""
    size = spread * rng.uniform(0.3, 0.9, size=2)
    count = 48
    z = _folds(rng, count) * rng.uniform(0.006, 0.03) * np.sqrt(spread)
    color = color_of(
        rng, *_CLOTHS[choose(rng, {"navy": 3, "blue": 3, "teal": 2, "green": 2, "white": 1})]
    )
    away = spread * rng.uniform(0.0, 0.2) + 0.58 * float(np.hypot(*size))
    return _patch(
        rng, name, "sheet", size, z, away, Surface(color, 0.9, 0.0, blood=_some_blood(rng, 0.3))
    )


def _gauze(rng: np.random.Generator, name: str) -> Body:
    """A crumpled swab, often soaked."""
    size = rng.uniform(0.05, 0.14, size=2)
    z = _smooth(_folds(rng, 40)) * rng.uniform(0.005, 0.012)
    color = color_of(rng, saturation=(0, 0.06), value=(0.8, 0.98))
    surface = Surface(color, 0.95, 0.0, blood=_some_blood(rng, 0.7))
    return _patch(rng, name, "gauze", size, z, rng.uniform(0.03, 0.3), surface)


def _film(rng: np.random.Generator) -> Body:
    """Crumpled plastic film: pale, with hard highlights."""
    z = _folds(rng, 56) * rng.uniform(0.008, 0.025)
    color = color_of(rng, (0.05, 0.65), (0, 0.15), (0.5, 0.9))
    size, away = rng.uniform(0.12, 0.3, size=2), rng.uniform(0.08, 0.3)
    return _patch(rng, "film", "film", size, z, away, Surface(color, rng.uniform(0.06, 0.2), 0.0))


def _patch(rng, name, kind, size, z, away, surface) -> Body:
    """A sheet over a (N, N) height map, ``away`` meters from the middle."""
    count = len(z)
    side = np.linspace(-0.5, 0.5, count)
    x, y = np.meshgrid(side, side)
    rim = 1 + 0.05 * np.sin(np.arctan2(y, x) * 3 + rng.uniform(0, 6))
    points = np.stack([x * size[0] * rim, y * size[1] * rim, z - z.min() + 0.001], axis=-1)
    grid = np.arange(count * count).reshape(count, count)
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=-1)
    faces = [tuple(face) for face in quads.reshape(-1, 4).tolist()]
    angle = rng.uniform(0, 2 * np.pi)
    pose = _at(away * np.cos(angle), away * np.sin(angle), rng)
    return Body(
        name, kind, [Part("body", points.reshape(-1, 3), faces, "")], pose=pose, surface=surface
    )


def _hose(rng: np.random.Generator, name: str) -> Body:
    """A tube or a cable that runs through the picture in wide bows."""
    turn = np.cumsum(np.cumsum(rng.normal(0, 0.05, size=70)) * 0.3) + rng.uniform(0, 6.28)
    path = np.cumsum(np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=-1), axis=0) * 0.014
    radius = log_uniform(rng, [0.0015, 0.006])
    path += [*rng.uniform(-0.3, 0.3, size=2), radius] - path.mean(axis=0) * [1, 1, 0]
    solid = loft(path, radius, radius, roundness=0.94)
    color = color_of(rng, saturation=(0, 0.3), value=(0.05, 0.95))
    surface = Surface(color, float(rng.uniform(0.1, 0.6)), 0.0)
    return Body(name, "hose", [Part("body", solid.vertices, solid.faces, "")], surface=surface)


def _heap(
    rng: np.random.Generator,
    ranges: SimpleNamespace,
    heights: HeightField,
    kinds: Mapping[str, float],
) -> list[Body]:
    """Ring-handled look-alikes side by side and on top of each other, away from the work."""
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.18, 0.4)
    middle = away * np.array([np.cos(angle), np.sin(angle)])
    heading = rng.uniform(0, 2 * np.pi)
    across = np.array([np.cos(heading), np.sin(heading)])
    bodies = []
    for i in range(integer(rng, ranges.heap) if kinds else 0):
        kind = choose(rng, kinds)
        body = sample_body(rng, f"heap{i}", kind, [0.0, 0.3], 0.7)
        rests = body.model.rest_rotations(body.opening)
        rotation = spin(heading + rng.normal(0, 0.25)) @ rests[int(rng.integers(len(rests)))]
        place = middle + across * rng.normal(0, 0.05) + rng.normal(0, 0.012, size=2)
        pose = pose_at(body, rotation, np.array([*place, 0.0]))
        body = Body(**{**vars(body), "pose": pose})
        pose[2, 3] += heights.below(world_parts(body), sink=0.1) + 0.0003
        heights.put(world_parts(body))
        bodies.append(body)
    return bodies


def _folds(rng: np.random.Generator, count: int) -> np.ndarray:
    """(N, N) folds of unit deviation: broad waves, and creases that cross them."""
    waves = noise(rng, count, rng.uniform(1.5, 4), 2)
    for _ in range(3):
        ridge = np.abs(noise(rng, count, rng.uniform(1.0, 3.5), 1))
        waves = waves + rng.uniform(0.8, 2.2) * np.exp(-ridge / rng.uniform(0.06, 0.2))
    return (waves - waves.mean()) / waves.std()


def _smooth(z: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(z.astype(np.float32), (0, 0), 1.5)


def _some_blood(rng: np.random.Generator, share: float) -> float:
    return float(rng.uniform(0.1, 0.5)) if happens(rng, share) else 0.0


def _at(x: float, y: float, rng: np.random.Generator) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3] = spin(rng.uniform(0, 2 * np.pi))
    pose[:2, 3] = x, y
    return pose
