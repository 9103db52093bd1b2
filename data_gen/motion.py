"""Hand-like motion: smooth, without a rhythm, at rest at nothing.

A movement is a sum of a few slow sine waves per axis, so it is known at any time without the
frames before it.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from data_gen.bodies import Body, grip
from data_gen.presets import uniform
from data_gen.scene import Scene

_WAVES = 4
_HERTZ = (0.08, 0.9)
"""Range of frequencies at full speed: hands move their tools at about one stroke a second."""


@dataclass(frozen=True)
class Wander:
    """Smooth values over time, each roughly within -1 to 1.

    Attributes:
        weight, hertz, phase: (D, W) of every wave.
    """

    weight: np.ndarray
    hertz: np.ndarray
    phase: np.ndarray

    def at(self, seconds: float) -> np.ndarray:
        """(D,) values."""
        waves = np.sin(2 * np.pi * self.hertz * seconds + self.phase)
        return (self.weight * waves).sum(axis=1)


def sample_wander(rng: np.random.Generator, dimensions: int, speed: float) -> Wander:
    """Draw a movement of several dimensions; ``speed`` 1 is brisk."""
    shape = (dimensions, _WAVES)
    hertz = np.exp(rng.uniform(*np.log(_HERTZ), size=shape)) * speed
    weight = rng.uniform(0.3, 1.0, size=shape) / (1 + 2 * hertz)  # quick strokes are short
    weight /= weight.sum(axis=1, keepdims=True) / 1.4
    return Wander(weight, hertz, rng.uniform(0, 2 * np.pi, size=shape))


@dataclass(frozen=True)
class Movement:
    """How one body moves; meters and radians."""

    wander: Wander
    travel: float
    turn: float
    lies: bool
    opens: bool

    def moved(self, body: Body, seconds: float) -> Body:
        """The body at a time; one that lies stays on its height and only slides and turns."""
        x, y, z, a, b, c, opening = self.wander.at(seconds)
        shift = self.travel * np.array([x, y, 0.0 if self.lies else 0.5 * z])
        vector = self.turn * np.array([0.0, 0.0, c] if self.lies else [0.4 * a, 0.4 * b, c])
        turned = np.eye(4)
        turned[:3, :3] = rotation_of(vector)
        middle = body.pose[:3, :3] @ body.middle() + body.pose[:3, 3]
        pose = turned @ body.pose
        pose[:3, 3] = turned[:3, :3] @ (body.pose[:3, 3] - middle) + middle + shift
        moved = replace(body, pose=pose)
        if self.opens:
            low, high = body.model.opening_range
            share = np.clip(0.5 + 0.6 * opening, 0, 1)
            moved = moved.opened(float(low + share * (high - low)))
        return moved


def sample_movements(
    rng: np.random.Generator, scene: Scene, ranges: SimpleNamespace
) -> dict[str, Movement]:
    """A movement for every labelled instrument, by name."""
    return {
        body.name: Movement(
            wander=sample_wander(rng, 7, uniform(rng, ranges.speed)),
            travel=uniform(rng, ranges.travel),
            turn=np.deg2rad(uniform(rng, ranges.turn)),
            lies=body.name in scene.lying,
            opens=body.name not in scene.lying,
        )
        for body in scene.instruments
    }


def moved_scene(scene: Scene, movements: dict[str, Movement], seconds: float) -> Scene:
    """The scene at a time: instruments moved, the hands that hold them made anew."""
    instruments = [movements[body.name].moved(body, seconds) for body in scene.instruments]
    by_hand = {f"hand{body.name}": body for body in instruments}
    others = [
        grip(by_hand[body.name], body.seed) if body.name in by_hand else body
        for body in scene.others
    ]
    return replace(scene, instruments=instruments, others=others)


def rotation_of(vector: np.ndarray) -> np.ndarray:
    """(3, 3) rotation by ``|vector|`` radians about ``vector``; Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-9:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
