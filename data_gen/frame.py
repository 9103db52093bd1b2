"""Turn a scene into a picture and its labels.

A frame is a pure function of the seed, its index and the preset, so that a dataset does not depend
on the number of workers, on the order of the work or on interruptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from data_gen import blender, sensor
from data_gen.arrangement import sample_occluder
from data_gen.assets import Assets
from data_gen.camera_rig import RigView, noise_of, seen_from
from data_gen.labels import label_distractors
from data_gen.layouts import label_body
from data_gen.scene import Scene, sample_scene
from data_gen.stage import add_body, build_stage, index_of, refresh, remove_body
from data_gen.visibility import see_keypoints

_SCENES = 8
_OCCLUDER_TRIES = 6


@dataclass(frozen=True)
class RenderedFrame:
    """What is written for one frame.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        layer: (H, W, 4) uint8 RGBA with straight alpha, or None.
        image: extra fields of ``images[]``.
        annotations: arguments of ``CocoBuilder.add_annotation``.
    """

    picture: np.ndarray
    layer: np.ndarray | None
    image: Mapping[str, Any]
    annotations: list[Mapping[str, Any]]


def make_frame(
    seeds: list[int],
    preset: SimpleNamespace,
    assets: Assets,
    layers: bool = False,
    view: RigView | None = None,
) -> RenderedFrame:
    """Sample a scene that can be labelled, render it, develop it.

    Args:
        seeds: whole numbers that name this frame and no other.
        view: from which camera of a rig it is seen; all but the noise is the same for all of them.
    """
    rng = np.random.default_rng(seeds)
    for _ in range(_SCENES):
        scene = sample_scene(rng, preset, assets)
        build_stage(scene, catch_shadows=layers)
        scene, seen = hide_and_see(rng, scene, preset)
        if is_labelled_well(seen, preset.occluders.force, preset.instruments.min_seen):
            break
    else:
        scene = replace(scene, instruments=[])
        build_stage(scene, catch_shadows=layers)
        seen = []
    if view is not None:
        scene = seen_from(scene, view)
        build_stage(scene)
        seen = see_instruments(scene)
    noise = noise_of(view, seeds, rng)
    light, index, color = render_light(noise, scene, preset, layers)
    settings = sensor.sample_sensor(rng, preset.sensor)
    return RenderedFrame(
        picture=sensor.encode(settings, sensor.expose(settings, light, noise)),
        layer=to_layer(color) if layers else None,
        image={"camera": scene.camera.to_dict(), "distractors": name_others(scene, index)},
        annotations=[annotation for _, annotation in label_scene(scene, seen, index)],
    )


def hide_and_see(
    rng: np.random.Generator, scene: Scene, preset: SimpleNamespace
) -> tuple[Scene, list[np.ndarray]]:
    """Cast the visibility rays; where the preset forces occlusion, add occluders until it holds.

    Returns:
        The scene, perhaps with occluders, and the (k,) visibility of every instrument.
    """
    center = scene.to_world[:3, 3]
    seen = see_instruments(scene)
    if not preset.occluders.force:
        return scene, seen
    for i, body in enumerate(scene.instruments):
        for attempt in range(_OCCLUDER_TRIES):
            if not seen[i].all():
                break
            name = f"force{i}.{attempt}"
            targets = body.keypoints_world()[[int(rng.integers(len(body.keypoints)))]]
            occluder = sample_occluder(
                rng, preset, name, center, targets, scene.wear, (0.85, 0.98)
            )
            tried_scene = replace(scene, others=[*scene.others, occluder])
            add_body(occluder, index_of(tried_scene, occluder))
            refresh()
            tried = see_instruments(scene)
            if all(s.any() for s in tried) and not tried[i].all():
                scene, seen = tried_scene, tried
            else:
                remove_body(name)
                refresh()
    return scene, seen


def is_labelled_well(seen: list[np.ndarray], force: bool, min_seen: int = 1) -> bool:
    """Every instrument shows so many keypoints; where occlusion is forced, it also hides one."""
    posed = [s for s in seen if len(s)]
    return all(s.sum() >= min(min_seen, len(s)) and not (force and s.all()) for s in posed)


def render_light(
    rng: np.random.Generator, scene: Scene, preset: SimpleNamespace, layers: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Render the scene that stands on the stage, bent as its lens does.

    Returns:
        (H, W, 3) linear light before its backdrop, (H, W) pass index, and (H, W, 4) linear light
        with premultiplied alpha.
    """
    transparent = layers or scene.ground is None
    rendered = blender.render(
        samples=int(preset.render.samples),
        seed=int(rng.integers(1 << 30)),
        transparent=transparent,
    )
    color = sensor.distort(rendered.color, scene.camera)
    index = sensor.distort(rendered.index, scene.camera)
    light = over_backdrop(color, scene.backdrop) if transparent else color[..., :3]
    return light, index, color


def label_scene(
    scene: Scene, seen: list[np.ndarray], index: np.ndarray
) -> list[tuple[str, Mapping[str, Any]]]:
    """The names of a rendered scene's instruments and their annotations.

    An instrument without a single visible pixel has none.

    Args:
        seen: (k,) bool of every instrument.
        index: (H, W) pass index, see ``stage.index_of``.
    """
    annotations = []
    for i, body in enumerate(scene.instruments):
        mask = index == i + 1
        annotation = label_body(scene, body, seen[i], mask) if mask.any() else None
        if annotation is not None:
            annotations.append((body.name, annotation))
    return annotations


def name_others(scene: Scene, index: np.ndarray) -> list[dict[str, Any]]:
    """What a rendered scene shows besides its instruments, see ``label_distractors``."""
    return label_distractors(index, {index_of(scene, body): body.kind for body in scene.others})


def see_instruments(scene: Scene) -> list[np.ndarray]:
    """(k,) visibility of every instrument's keypoints, by ray cast on the stage as it stands."""
    center = scene.to_world[:3, 3]
    return [
        see_keypoints(
            blender.ray_hit, center, body.keypoints_world(), body.radii, body.owner_objects()
        )
        for body in scene.instruments
    ]


def over_backdrop(color: np.ndarray, backdrop: np.ndarray) -> np.ndarray:
    """Premultiplied linear (H, W, 4) over an sRGB square, cropped to the picture's shape."""
    height, width = color.shape[:2]
    side = backdrop.shape[0]
    crop_height, crop_width = min(side, side * height // width), min(side, side * width // height)
    crop = cv2.resize(backdrop[:crop_height, :crop_width], (width, height))
    return color[..., :3] + (1 - color[..., 3:]) * crop**2.2


def to_layer(color: np.ndarray) -> np.ndarray:
    """Premultiplied linear (H, W, 4) to straight-alpha sRGB, (H, W, 4) uint8."""
    alpha = np.clip(color[..., 3:], 0, 1)
    straight = np.where(alpha > 1e-3, color[..., :3] / np.maximum(alpha, 1e-3), 0)
    srgb = sensor.develop(straight.astype(np.float32), contrast=1.0, saturation=1.0)
    return sensor.to_bytes(np.concatenate([srgb, alpha], axis=-1))
