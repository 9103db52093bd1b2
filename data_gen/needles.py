"""A curved needle in the jaws of a needle holder, with its thread."""

from dataclasses import replace

import numpy as np

from data_gen.bodies import Body, Surface
from data_gen.instruments import Part
from data_gen.instruments.model import rotation
from data_gen.instruments.solids import Solid, loft
from data_gen.presets import choose, log_uniform

_THREADS = {"black": (0.05, 0.05, 0.06), "blue": (0.1, 0.15, 0.5), "violet": (0.35, 0.1, 0.4)}
_THREADS |= {"white": (0.85, 0.85, 0.82)}
"""sRGB."""


def sample_needle(rng: np.random.Generator, body: Body) -> Body:
    """What an instrument with jaws holds, in the instrument's pose; it never has a category.

    Args:
        body: with tips as the third and fifth of the points it is held by.
    """
    tip = body.model.held_points(body.opening)[[2, 4]].mean(axis=0)
    grip = tip - [0, rng.uniform(0.002, 0.006), 0]
    radius = rng.uniform(0.005, 0.013)
    angle = np.linspace(0, rng.uniform(2.6, 3.6), 26)
    arc = radius * np.stack([np.cos(angle) - 1, 0 * angle, np.sin(angle)], axis=1)
    arc -= arc[int(rng.integers(4, 14))]  # the wire runs through the jaws somewhere along the arc
    needle = arc @ rotation("z", rng.uniform(0, 2 * np.pi)).T + grip
    wire = rng.uniform(0.0003, 0.0006)
    parts = [_part("needle", _wire(needle, wire * np.linspace(1, 0.2, len(needle))))]
    thread = _thread(rng, needle[0])
    parts.append(
        _part("thread", _wire(thread, np.full(len(thread), log_uniform(rng, [1e-4, 4e-4]))))
    )
    surface = Surface(np.array(_THREADS[choose(rng, dict.fromkeys(_THREADS, 1))]), 0.5, 0.0)
    return Body(f"needle{body.name}", "needle", parts, pose=body.pose, surface=surface)


def carried(needle: Body, body: Body) -> Body:
    """The needle where the instrument that holds it is now."""
    return replace(needle, pose=body.pose)


def _thread(rng: np.random.Generator, start: np.ndarray) -> np.ndarray:
    """(N, 3) a smooth curve that leaves the needle and wanders off."""
    steps = np.cumsum(rng.normal(0, 0.35, size=(60, 3)), axis=0) * 0.3
    heading = steps + rng.normal(0, 1, size=3)
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    return start + np.cumsum(heading, axis=0) * rng.uniform(0.001, 0.005)


def _wire(path: np.ndarray, radius: np.ndarray) -> Solid:
    up = np.array([0.31, 0.83, 0.46])
    return loft(path, radius, radius, roundness=0.94, up=tuple(up))


def _part(name: str, solid: Solid) -> Part:
    return Part(name, solid.vertices, solid.faces, "")
