"""Hand-like motion: smooth, without a rhythm, at rest at nothing, and out of each other's way.

A movement is a sum of a few slow sine waves per axis, so it is known at any time without the
frames before it.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from data_gen.arrangement import SPAN
from data_gen.bodies import Body, within_reach
from data_gen.hands import grip
from data_gen.keep_out import envelope_of, keeps_out, resting, stays_above
from data_gen.needles import carried
from data_gen.presets import uniform
from data_gen.scene import Scene

_WAVES = 4
_HERTZ = (0.08, 0.9)
"""Range of frequencies at full speed: hands move their tools at about one stroke a second."""

_STEP = 0.1
"""Seconds between the moments at which distances are looked at."""

_TRIES = 14
_CALMER = 0.8
"""Each try travels and turns this much less than the one before it."""


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
    """How one body moves; meters and radians.

    Attributes:
        lies: it stays at its height and only slides and turns.
        openings: between which it opens and closes; None when it keeps its own.
    """

    wander: Wander
    travel: float
    turn: float
    lies: bool
    openings: tuple[float, float] | None

    def pose(self, body: Body, seconds: float) -> np.ndarray:
        """(4, 4) of the body at a time."""
        x, y, z, a, b, c, _ = self.wander.at(seconds)
        shift = self.travel * np.array([x, y, 0.0 if self.lies else 0.5 * z])
        vector = self.turn * np.array([0.0, 0.0, c] if self.lies else [0.4 * a, 0.4 * b, c])
        turned = np.eye(4)
        turned[:3, :3] = rotation_of(vector)
        middle = body.pose[:3, :3] @ body.middle() + body.pose[:3, 3]
        pose = turned @ body.pose
        pose[:3, 3] = turned[:3, :3] @ (body.pose[:3, 3] - middle) + middle + shift
        return pose

    def moved(self, body: Body, seconds: float) -> Body:
        """The body at a time."""
        moved = replace(body, pose=self.pose(body, seconds))
        if self.openings:
            low, high = self.openings
            share = np.clip(0.5 + 0.6 * self.wander.at(seconds)[-1], 0, 1)
            moved = moved.opened(float(low + share * (high - low)))
        return moved


def sample_movements(
    rng: np.random.Generator, scene: Scene, ranges: SimpleNamespace, seconds: float
) -> dict[str, Movement]:
    """A movement for every labelled instrument, by name.

    Movements are drawn one after the other, each calmer than the one before it, until one keeps
    out of everything else and of the ground; what finds none stays where it is.

    Args:
        seconds: for how long things keep out of each other.
    """
    times = np.arange(0, seconds, _STEP)
    hands = {body.name: body for body in scene.others if body.kind == "hand"}
    plans = {body.name: _still(rng, scene, body) for body in scene.instruments}
    envelopes = {
        body.name: envelope_of(body, plans[body.name].openings, hands.get(f"hand{body.name}"))
        for body in scene.instruments
    }
    led = {f"{what}{body.name}" for body in scene.instruments for what in ("hand", "needle")}
    static = [resting(body, len(times)) for body in scene.others if body.name not in led]
    heights = scene.ground.heights if scene.ground else None

    def poses_of(body: Body, movement: Movement) -> np.ndarray:
        return np.array([movement.pose(body, t) for t in times])

    for body in scene.instruments:
        space = envelopes[body.name]
        around = static + [
            (envelopes[other.name], poses_of(other, plans[other.name]))
            for other in scene.instruments
            if other is not body
        ]
        for attempt in range(_TRIES):
            calm = _CALMER**attempt
            tried = replace(
                plans[body.name],
                wander=sample_wander(rng, 7, uniform(rng, ranges.speed)),
                travel=calm * uniform(rng, ranges.travel),
                turn=calm * np.deg2rad(uniform(rng, ranges.turn)),
            )
            poses = poses_of(body, tried)
            grounded = tried.lies or not scene.ground or stays_above(space, poses, heights)
            if grounded and keeps_out(space, poses, around):
                plans[body.name] = tried
                break
    return plans


def _still(rng: np.random.Generator, scene: Scene, body: Body) -> Movement:
    """No movement but the opening; a hand opens no wider than it reaches."""
    lies = body.name in scene.lying
    low, high = body.model.opening_range
    if body.name in scene.held:
        high = within_reach(body.opened(high), SPAN).opening
    openings = None if lies else (low, high)
    return Movement(sample_wander(rng, 7, 1.0), 0.0, 0.0, lies, openings)


def moved_scene(scene: Scene, movements: dict[str, Movement], seconds: float) -> Scene:
    """The scene at a time: instruments moved, the hands that hold them made anew."""
    instruments = [movements[body.name].moved(body, seconds) for body in scene.instruments]
    by_hand = {f"hand{body.name}": body for body in instruments}
    by_needle = {f"needle{body.name}": body for body in instruments}
    others = []
    for body in scene.others:
        if body.name in by_hand:
            body = grip(by_hand[body.name], body.seed, body.wear)
        elif body.name in by_needle:
            body = carried(body, by_needle[body.name])
        others.append(body)
    return replace(scene, instruments=instruments, others=others)


def rotation_of(vector: np.ndarray) -> np.ndarray:
    """(3, 3) rotation by ``|vector|`` radians about ``vector``; Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-9:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
