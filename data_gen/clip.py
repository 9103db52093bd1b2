"""Make the frames of a clip: the same scene, a moment later each time.

A frame is a pure function of the seeds, its clip and its number, so that workers share a clip.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from data_gen import sensor
from data_gen.assets import Assets
from data_gen.camera_rig import RigView, noise_of, seen_from
from data_gen.frame import RenderedFrame, label_scene, name_others, render_light, see_instruments
from data_gen.gesture_clips import ScriptedMovement, plan_gestures, track_of
from data_gen.motion import Movement, Wander, moved_scene, sample_movements, sample_wander
from data_gen.placement import spin
from data_gen.presets import uniform
from data_gen.scene import Scene, sample_scene
from data_gen.stage import build_stage
from data_gen.unhashed import Unhashed

_CLIP_SEED = 1_000_000_000
"""Added to a clip's number, so that clips and single pictures never share a scene."""

_SHUTTER_OPEN = 0.4
"""Share of a frame's time in which light is collected."""


@dataclass(frozen=True)
class _Clip:
    scene: Scene
    movements: dict[str, Movement] | dict[str, ScriptedMovement]
    camera_wander: Wander
    camera_travel: float
    shutter: float
    settings: sensor.Sensor


def make_video_frame(
    seeds: list[int],
    clip: int,
    t: int,
    num_frames: int,
    preset: SimpleNamespace,
    assets: Assets,
    view: RigView | None = None,
    gestures: bool = False,
) -> RenderedFrame:
    """Render frame ``t`` of a clip and label it.

    Args:
        seeds: whole numbers that name this dataset and no other.
        num_frames: length of the clip.
        view: from which camera of a rig it is seen.
        gestures: instruments move as a script says, see ``gesture_clips``.
    """
    held = Unhashed(preset), Unhashed(assets)
    story = _plan_clip(tuple(seeds), clip, num_frames, *held, gestures)
    fps = preset.motion.fps
    now = _at(story, t / fps)
    velocity = _camera_velocity(story, t, fps)
    shutter = tuple(float(v) * story.shutter for v in velocity)
    scene = seen_from(replace(now, camera=replace(now.camera, shutter=shutter)), view)
    build_stage(scene)
    seen = see_instruments(scene)
    own = [*seeds, _CLIP_SEED + clip, t]
    rng = noise_of(view, own, np.random.default_rng(own))
    light, index, _ = render_light(rng, scene, preset)
    settings = replace(
        story.settings,
        motion=_SHUTTER_OPEN * float(np.hypot(*velocity)),
        motion_angle=float(np.arctan2(velocity[1], velocity[0])),
    )
    annotations = [
        {**annotation, "track_id": track_of(clip, name)}
        for name, annotation in label_scene(scene, seen, index)
    ]
    image = {
        "camera": scene.camera.to_dict(),
        "distractors": name_others(scene, index),
        "video_id": clip + 1,
        "frame_id": t,
        "rate_factor": settings.h264,
    }
    return RenderedFrame(sensor.expose(settings, light, rng), None, image, annotations)


@lru_cache(maxsize=4)
def _plan_clip(
    seeds: tuple[int, ...],
    clip: int,
    num_frames: int,
    preset: Unhashed,
    assets: Unhashed,
    gestures: bool,
) -> _Clip:
    rng = np.random.default_rng([*seeds, _CLIP_SEED + clip])
    ranges = preset.value.motion
    seconds = num_frames / ranges.fps
    if gestures:
        scene, movements = plan_gestures(seeds, clip, seconds, preset.value, assets.value, True)
    else:
        scene = sample_scene(rng, preset.value, assets.value)
        while not scene.instruments:
            scene = sample_scene(rng, preset.value, assets.value)
        movements = sample_movements(rng, scene, ranges, seconds)
    return _Clip(
        scene=scene,
        movements=movements,
        camera_wander=sample_wander(rng, 3, uniform(rng, ranges.speed)),
        camera_travel=uniform(rng, ranges.camera_travel),
        shutter=uniform(rng, ranges.rolling_shutter),
        settings=sensor.sample_sensor(rng, preset.value.sensor),
    )


def _at(clip: _Clip, seconds: float) -> Scene:
    scene = moved_scene(clip.scene, clip.movements, seconds)
    x, y, roll = clip.camera_wander.at(seconds)
    to_world = scene.to_world.copy()
    to_world[:3, 3] += to_world[:3, :3] @ (clip.camera_travel * np.array([x, y, 0.0]))
    to_world[:3, :3] = to_world[:3, :3] @ spin(clip.camera_travel * roll)
    return replace(scene, to_world=to_world)


def _camera_velocity(clip: _Clip, t: int, fps: float) -> np.ndarray:
    """(2,) pixels per frame by which the camera's own movement shifts the scene's middle."""
    origin = np.zeros((1, 3))
    steady = replace(clip, movements={}, scene=replace(clip.scene, instruments=[], others=[]))
    before, after = (_at(steady, (t + d) / fps).pixels(origin)[0] for d in (-0.5, 0.5))
    return after - before
