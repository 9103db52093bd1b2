"""Instruments as they are printed on paper: outlines, which no network may take for steel.

A length of 1 runs along y from the tips (+0.5) to the rear end (-0.5).
"""

import numpy as np

from data_gen.presets import choose, happens


def printed_instrument(rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Closed outlines (N, 2) of a ring-handled instrument or of tweezers, in lengths: those of
    its body, and those of its rings."""
    kind = choose(rng, {"ringed": 2, "tweezers": 2})
    return _tweezers(rng) if kind == "tweezers" else _ringed(rng)


def _ringed(rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Scissors, clamp or needle holder: two halves that cross at a joint, a ring on each."""
    joint, opening = rng.uniform(0.05, 0.25), rng.uniform(0.0, 0.35)
    width, ring = rng.uniform(0.012, 0.025), rng.uniform(0.05, 0.09)
    radii = (1.0, 0.72) if happens(rng, 0.7) else (1.0,)
    body, rings = [], []
    for side in (-1, 1):
        rear = np.array([side * (0.04 + opening * 0.4), -0.5 + 2 * ring])
        front = np.array([-side * opening * (0.5 - joint) * 0.7, 0.5])
        middle = np.array([0.0, joint])
        body.append(_ribbon(np.stack([front, middle, rear]), [width * 0.3, width, width * 0.6]))
        center = rear + [side * 0.3 * ring, -ring]
        turn = np.linspace(0, 2 * np.pi, 24)
        circle = np.stack([0.8 * ring * np.cos(turn), ring * np.sin(turn)], axis=1)
        rings += [center + radius * circle for radius in radii]
    return body, rings


def _tweezers(rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Two arms that meet at the rear end."""
    gap, width = rng.uniform(0.0, 0.14), rng.uniform(0.012, 0.03)
    y = np.linspace(-0.5, 0.5, 8)
    bow = rng.uniform(0.01, 0.04) * np.cos(np.pi * y)
    arms = []
    for side in (-1, 1):
        x = side * (bow + gap / 2 * (y + 0.5))
        arms.append(_ribbon(np.stack([x, y], axis=1), width * np.linspace(1.0, 0.25, 8)))
    return arms, []


def _ribbon(line: np.ndarray, half: np.ndarray | list[float]) -> np.ndarray:
    """The closed outline of a line (N, 2) that is twice ``half`` (N,) wide."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1)[:, None]
    shift = across * np.asarray(half)[:, None]
    sides = np.concatenate([line + shift, (line - shift)[::-1]])
    return np.concatenate([sides, sides[:1]])
