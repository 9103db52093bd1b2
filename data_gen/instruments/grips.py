"""How fingers hold an instrument: joint angles and a place of the hand that bring them together.

A grip says which points of the hand are to touch which points of the instrument, and how the hand
looks before it is fitted. ``fit_grip`` bends the joints and moves the hand until both agree.

Frame: the instrument's own (tips towards +Y), a right hand. Shapes: A angles, T touches, P poses.
"""

from dataclasses import dataclass

import numpy as np

from data_gen.instruments.rig import ANGLES, Rig, bone

_STEPS = 14
_NUDGE = 1e-5

_FREE = dict(zip(ANGLES, [0.35, 0.35, 0.3, 0.3, 0.3, *[0.35, 0.12, 0.35, 0.2] * 4], strict=True))
"""Radians by which each joint may well leave a grip's own angles."""

_LIMITS = {
    "thumb_swing": (-0.5, 0.9),
    "thumb_spread": (-0.7, 0.7),
    "thumb_twist": (-0.6, 0.6),
    "thumb_knuckle": (-0.3, 0.9),
    "thumb_end": (-0.4, 1.2),
    "knuckle": (-0.35, 1.5),
    "spread": (-0.3, 0.3),
    "middle": (0.0, 1.8),
    "end": (-0.2, 1.1),
}


@dataclass(frozen=True)
class Touch:
    """A point of the hand and where it is to be.

    Attributes:
        bone: index of the bone it moves with.
        at: (3,) in the bone's frame, meters of a hand of size 1.
        target: (3,) in the instrument's frame, meters.
        slack: meters by which it may well miss.
    """

    bone: int
    at: np.ndarray
    target: np.ndarray
    slack: float = 0.003


@dataclass(frozen=True)
class Grip:
    """A way to hold: angles by name (the others 0), touches, and how the hand stands first.

    Attributes:
        turn: (3, 3) of the hand before it is fitted; it may well leave it by ``turn_free``.
    """

    angles: dict[str, float]
    touches: list[Touch]
    turn: np.ndarray
    turn_free: float = 0.35


@dataclass(frozen=True)
class Fitted:
    """A hand in the instrument's frame: bone turns, bone places, and the hand's own turn.

    Attributes:
        miss: (T,) meters from each touch to its target.
    """

    turns: np.ndarray
    places: np.ndarray
    turn: np.ndarray
    miss: np.ndarray


def pad(finger: str, segment: int = 2, depth: float = 0.0065) -> tuple[int, np.ndarray]:
    """Bone and point of the soft side of a finger's segment, ``depth`` below its middle."""
    length = {0: 0.022, 1: 0.013, 2: 0.008}[segment]
    return bone(finger, segment), np.array([0.0, -depth, -length])


def fit_grip(rig: Rig, grip: Grip, size: float) -> Fitted:
    """Bring touches to their targets with as little bending as it takes.

    Args:
        size: of the hand, 1 medium.

    Source: Levenberg-Marquardt on touches, angles and turn, each over what it may well miss by.
    """
    start = np.array([grip.angles.get(name, 0.0) for name in ANGLES])
    bones = np.array([touch.bone for touch in grip.touches])
    at = np.array([touch.at for touch in grip.touches])
    target = np.array([touch.target for touch in grip.touches])
    slack = np.array([touch.slack for touch in grip.touches])
    free = np.array([_FREE[name] for name in ANGLES])
    low, high = np.array([_limits(name) for name in ANGLES]).T

    def reach(values: np.ndarray) -> np.ndarray:
        """(P, T, 3) where the touching points are."""
        turns, places = rig.place(values[:, :-6])
        points = places[:, bones] + np.einsum("ptab,tb->pta", turns[:, bones], at)
        turn = _turns(values[:, -6:-3]) @ grip.turn
        return size * np.einsum("pab,ptb->pta", turn, points) + values[:, None, -3:]

    def misfit(values: np.ndarray) -> np.ndarray:
        off = (reach(values) - target) / slack[:, None]
        angles = values[:, :-6]
        beyond = np.maximum(angles - high, 0) + np.maximum(low - angles, 0)
        return np.concatenate(
            [
                off.reshape(len(values), -1),
                (angles - start) / free,
                beyond / 0.05,
                values[:, -6:-3] / grip.turn_free,
            ],
            axis=1,
        )

    values = np.concatenate([start, np.zeros(6)])
    values[-3:] = (target - reach(values[None])[0]).mean(axis=0)
    damping, here = 0.1, misfit(values[None])[0]
    for _ in range(_STEPS):
        nudged = misfit(values + _NUDGE * np.eye(len(values)))
        slope = (nudged - here).T / _NUDGE
        normal = slope.T @ slope
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -slope.T @ here)
        tried = values + step
        there = misfit(tried[None])[0]
        if there @ there < here @ here:
            values, here, damping = tried, there, damping * 0.3
        else:
            damping *= 4
    turns, places = rig.place(values[None, :-6])
    turn = _turns(values[None, -6:-3])[0] @ grip.turn
    return Fitted(
        turns=turn @ turns[0],
        places=size * places[0] @ turn.T + values[-3:],
        turn=turn,
        miss=np.linalg.norm(reach(values[None])[0] - target, axis=1),
    )


def _limits(name: str) -> tuple[float, float]:
    return _LIMITS.get(name) or _LIMITS[name.split("_")[1]]


def _turns(vectors: np.ndarray) -> np.ndarray:
    """(P, 3, 3) rotations about (P, 3) vectors by their lengths.

    Source: Rodrigues' formula.
    """
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    s, c = np.sinc(angle / np.pi), np.sinc(angle / 2 / np.pi) ** 2 / 2
    return np.eye(3) + s * cross + c * cross @ cross
