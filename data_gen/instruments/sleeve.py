"""What a hand wears above the wrist: a glove's cuff, the sleeve of a gown or a coat, or nothing.

All are tubes around one path that leaves the wrist in the hand's direction and bends into the
forearm's.
"""

from collections.abc import Callable

import numpy as np

from data_gen.instruments.model import Part, rotation

WEARS = ("gown", "coat", "bare")

_AROUND = 22
_WRIST = np.array([0.0285, 0.0205])
"""Half width and half height of a glove at the wrist of a medium hand, meters."""


def sample_sleeve(
    rng: np.random.Generator,
    wrist: np.ndarray,
    turn: np.ndarray,
    size: float,
    *,
    wear: str,
    gloved: bool,
    width: float,
    length: float,
) -> list[Part]:
    """Parts from the wrist up.

    Args:
        wrist: (3,) where the hand ends.
        turn: (3, 3) of the hand, its fingers along +Y and its back along +Z.
        wear: one of ``WEARS``.
        width: of a sleeve at the elbow over its wrist's.
        length: of the forearm, meters.
    """
    bend = rotation("x", rng.uniform(-0.45, 0.45)) @ rotation("z", rng.uniform(-0.3, 0.3))
    parts = []

    def tube(name, material, start, stop, radius, folds=0.0):
        s = np.linspace(start, stop, max(8, int((stop - start) / 0.006)))
        path, across = _path(s, wrist, turn, bend, size)
        half = size * _WRIST * radius((s - start) / (stop - start))[:, None]
        wave = _folds(rng, s, folds) if folds else np.ones((len(s), _AROUND))
        parts.append(Part(name, *_tube(path, across, half, wave), material))

    if gloved:
        cuff = rng.uniform(0.035, 0.085)
        tube("cuff", "glove", -0.012, cuff, _cuff(rng, cuff), folds=0.025)
        start = rng.uniform(0.82, 0.95) * cuff  # earlier, it would show through the cuff
        if wear != "bare":
            tube("sleeve", wear, start, length, _widening(1.12, width), folds=0.11)
        else:
            tube("forearm", "skin", start, length, _widening(0.98, 1.5))
        return parts
    tube(
        "forearm",
        "skin",
        -0.012,
        0.06 if wear != "bare" else length,
        _widening(0.97, 1.08 if wear != "bare" else 1.5),
    )
    if wear != "bare":
        start = rng.uniform(0.0, 0.02)
        if wear == "coat":
            tube("knit", "knit", start, start + 0.055, lambda t: 1.18 + 0.08 * t, folds=0.03)
            start += 0.045
        tube("sleeve", wear, start, length, _widening(1.3, width), folds=0.11)
    return parts


def _cuff(rng: np.random.Generator, length: float) -> Callable:
    """A glove's cuff widens, and ends in a rolled rim."""
    flare = rng.uniform(1.12, 1.35)

    def radius(t: np.ndarray) -> np.ndarray:
        rim = 0.07 * np.exp(-(((t - 0.97) * (length + 0.012) / 0.003) ** 2))
        return 1.0 + (flare - 1.0) * t**1.3 + rim

    return radius


def _widening(start: float, stop: float) -> Callable:
    return lambda t: start + (stop - start) * np.sqrt(np.clip(t, 0, 1))


def _path(
    s: np.ndarray, wrist: np.ndarray, turn: np.ndarray, bend: np.ndarray, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) places at arc lengths and (N, 3) directions across, of a bend 5 cm long."""
    fine = np.linspace(-0.02, s[-1] + 0.01, 200)
    share = np.clip(fine / 0.05, 0, 1)[:, None]
    ahead = (1 - share) * np.array([0, -1.0, 0]) + share * (bend @ [0, -1.0, 0])
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    steps = np.diff(fine)[:, None] * (ahead[1:] + ahead[:-1]) / 2
    line = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    line -= [np.interp(0.0, fine, line[:, k]) for k in range(3)]
    at = np.stack([np.interp(s, fine, line[:, k]) for k in range(3)], axis=1)
    across = (1 - np.clip(s / 0.05, 0, 1))[:, None] * np.array([1.0, 0, 0])
    across = across + np.clip(s / 0.05, 0, 1)[:, None] * (bend @ [1.0, 0, 0])
    return wrist + at * [size, 1, size] @ turn.T, across @ turn.T


def _folds(rng: np.random.Generator, s: np.ndarray, depth: float) -> np.ndarray:
    """(N, M) factors on the radius: creases across the tube, deeper away from its start."""
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    wave = np.zeros((len(s), _AROUND))
    for _ in range(4):
        slant = rng.uniform(0.3, 2.0) * np.sin(angle + rng.uniform(0, 6.28))
        phase = 2 * np.pi * s[:, None] / rng.uniform(0.02, 0.09) + slant + rng.uniform(0, 6.28)
        around = 1 + 0.8 * np.sin(angle * rng.integers(1, 3) + rng.uniform(0, 6.28))
        wave += rng.uniform(0.3, 1.0) * np.sin(phase) * around / 2
    ease = np.clip((s - s[0]) / 0.05, 0.1, 1)[:, None]
    return 1 + depth * ease * wave / 1.5


def _tube(
    path: np.ndarray, across: np.ndarray, half: np.ndarray, wave: np.ndarray
) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Vertices and faces of a closed tube with (N, 2) half axes and (N, M) factors on them."""
    travel = np.gradient(path, axis=0)
    travel /= np.linalg.norm(travel, axis=1, keepdims=True)
    u = across - np.sum(across * travel, axis=1, keepdims=True) * travel
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(travel, u)
    n, m = wave.shape
    angle = np.linspace(0, 2 * np.pi, m, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    section = half[:, None] * ring * wave[..., None]
    points = path[:, None] + section[..., :1] * u[:, None] + section[..., 1:] * v[:, None]
    faces: list[tuple[int, ...]] = []
    for i in range(n - 1):
        a, b = i * m, (i + 1) * m
        faces += [(a + j, a + (j + 1) % m, b + (j + 1) % m, b + j) for j in range(m)]
    faces.append(tuple(range(m))[::-1])
    faces.append(tuple(range((n - 1) * m, n * m)))
    return points.reshape(-1, 3), faces
