"""Clips in which a needle holder and tweezers move as a script of gestures says.

They do not keep out of each other. Nothing here needs Blender.

Shapes: T ticks of a script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from data_gen.arrangement import SPAN
from data_gen.assets import Assets
from data_gen.bodies import Body, within_reach
from data_gen.layouts import label_body
from data_gen.motion import moved_scene
from data_gen.scene import Scene, sample_layout, sample_scene
from data_gen.unhashed import Unhashed
from surgtools.errors import InputError
from surgtools.gesture_script import script

KINDS = ("needle_holder", "tweezers")
_SEED = 2_000_000_000
"""Added to a clip's number: its scene and its script are drawn apart from all others."""
_TRIES = 200
_HEIGHT = 0.05
"""Meters of the tips above the table."""


@dataclass(frozen=True)
class ScriptedMovement:
    """How one instrument moves; it stands in for ``motion.Movement``.

    Attributes:
        tips: (T, 3) middle of the tips, world, meters.
        along: (T, 3) from the handle to the tips.
        opening: (T,) radians.
        seconds: that the script is stretched to.
    """

    tips: np.ndarray
    along: np.ndarray
    opening: np.ndarray
    seconds: float

    def moved(self, body: Body, seconds: float) -> Body:
        """The body at a time."""
        last = len(self.tips) - 1
        at = np.clip(seconds / self.seconds, 0, 1) * last
        before = min(int(at), max(last - 1, 0))
        rows = [values[before : before + 2] for values in (self.tips, self.along, self.opening)]
        shares = np.array([1 - (at - before), at - before])[: len(rows[0])]
        tips, along, opening = (np.tensordot(shares, values, 1) for values in rows)
        moved = body.opened(float(opening))
        return replace(moved, pose=pose_of(moved, tips, along))


def pose_of(body: Body, tips: np.ndarray, along: np.ndarray) -> np.ndarray:
    """(4, 4) that puts the middle of the tips at a place, the handle behind it, its face up."""
    category = body.model.category
    own = body.keypoints[[category.index(name) for name in category.tips]].mean(axis=0)
    y = along / np.linalg.norm(along)
    x = np.cross(y, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, y, np.cross(x, y)], axis=1)
    pose[:3, 3] = tips - pose[:3, :3] @ own
    return pose


def plan_gestures(
    seeds: Sequence[int],
    clip: int,
    seconds: float,
    preset: SimpleNamespace,
    assets: Assets,
    dressed: bool,
) -> tuple[Scene, dict[str, ScriptedMovement]]:
    """The scene of a clip, and how its two instruments move.

    Args:
        dressed: with hands, ground and light, for rendering; else the layout alone.

    Raises:
        InputError: the preset hardly ever shows one needle holder and one pair of tweezers.
    """
    for attempt in range(_TRIES):
        own = [*seeds, _SEED + clip, attempt]
        layout = sample_layout(np.random.default_rng(own), preset, assets)[0]
        if sorted(body.kind for body in layout.instruments) == sorted(KINDS):
            break
    else:
        raise InputError(
            "--gestures: the preset hardly ever shows one needle holder and one pair of tweezers; "
            "take the preset `gestures`, or raise the weight of 2 in `instruments.count_weights`"
        )
    # the scene begins with the same layout
    scene = sample_scene(np.random.default_rng(own), preset, assets) if dressed else layout
    return scene, _movements(seeds, clip, seconds, scene)


def gestures_of(seeds: Sequence[int], clip: int, seconds: float) -> list[tuple[str, float, float]]:
    """Label, start and end in seconds of the gestures of a clip; pauses are left out."""
    parts = script(_rng(seeds, clip))
    ends = np.cumsum([len(states) for _, states in parts])
    scale = seconds / ends[-1]
    starts = [0, *ends[:-1]]
    return [
        (label, round(float(start * scale), 4), round(float(end * scale), 4))
        for (label, _), start, end in zip(parts, starts, ends, strict=True)
        if label
    ]


def label_gesture_layout(
    seeds: Sequence[int],
    clip: int,
    t: int,
    num_frames: int,
    preset: SimpleNamespace,
    assets: Assets,
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Frame ``t`` of a clip as ``label_layout`` labels a picture: nothing is rendered or hidden.

    Args:
        num_frames: length of the clip.
    """
    fps = preset.motion.fps
    held = Unhashed(preset), Unhashed(assets)
    scene = moved_scene(*_plan_layout(tuple(seeds), clip, num_frames / fps, *held), t / fps)
    everything = [(b, np.ones(len(b.keypoints_world()), bool)) for b in scene.instruments]
    labelled = [(body.name, label_body(scene, body, seen)) for body, seen in everything]
    camera = scene.camera
    image = {"width": camera.width, "height": camera.height, "camera": camera.to_dict()}
    image |= {"video_id": clip + 1, "frame_id": t}
    return image, [{**a, "track_id": track_of(clip, name)} for name, a in labelled if a]


def track_of(clip: int, name: str) -> int:
    """The number by which an instrument of a clip is followed."""
    return 100 * clip + int(name) + 1


@lru_cache(maxsize=4)
def _plan_layout(
    seeds: tuple[int, ...], clip: int, seconds: float, preset: Unhashed, assets: Unhashed
) -> tuple[Scene, dict[str, ScriptedMovement]]:
    return plan_gestures(seeds, clip, seconds, preset.value, assets.value, dressed=False)


def _rng(seeds: Sequence[int], clip: int) -> np.random.Generator:
    """Draws the script of a clip, first of all."""
    return np.random.default_rng([*seeds, _SEED + clip])


def _movements(
    seeds: Sequence[int], clip: int, seconds: float, scene: Scene
) -> dict[str, ScriptedMovement]:
    rng = _rng(seeds, clip)
    states = [state for _, part in script(rng) for state in part]
    told = {name: np.array([state[name] for state in states]) for name in states[0]}
    axes = _picture_axes(scene.to_world, rng.uniform(-0.5, 0.5))
    holder, tweezers = sorted(scene.instruments, key=lambda body: KINDS.index(body.kind))
    plans = (
        (holder, told["holder"], told["turn"], told["opening"]),
        (tweezers, told["tweezers"], np.pi - 0.5 + 0.2 * told["turn"], told["gap"]),
    )
    found = {}
    for body, place, angle, share in plans:
        steep = np.deg2rad(rng.uniform(10, 35))
        along = np.cos(steep) * np.stack([np.cos(angle), np.sin(angle)], axis=1) @ axes
        low, high = body.model.opening_range
        if body.name in scene.held:
            high = within_reach(body.opened(high), SPAN).opening
        found[body.name] = ScriptedMovement(
            tips=holder.length() * place @ axes + [0, 0, _HEIGHT],
            along=along - [0, 0, np.sin(steep)],
            opening=low + share * (high - low),
            seconds=seconds,
        )
    return found


def _picture_axes(to_world: np.ndarray, angle: float) -> np.ndarray:
    """(2, 3) level directions to the right of the picture and down, turned by an angle."""
    right = to_world[:3, 0] * [1, 1, 0]
    right /= np.linalg.norm(right)
    down = np.cross([0, 0, -1.0], right)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * right + s * down, c * down - s * right])
