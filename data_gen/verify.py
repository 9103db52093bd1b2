"""Compare the labels with what the renderer itself says.

Two claims are checked on freshly sampled scenes. *Place*: a small glowing ball rendered at a 3D
keypoint is found, in the picture, where the label says. *Visibility*: the ray casts agree with the
rendered depth.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import bpy
import numpy as np
import trimesh

from data_gen import blender, blender_contents, sensor
from data_gen.assets import Assets
from data_gen.frame import hide_and_see
from data_gen.labels import is_inside
from data_gen.scene import Scene, sample_scene
from data_gen.stage import build_stage

_DOT_PIXELS = 2.0
_SEARCH_PIXELS = 12
_DEPTH_SLACK = 0.002
"""Meters: the depth at a pixel's center is not the depth on the ray to the keypoint."""


@dataclass(frozen=True)
class LabelAgreement:
    """How well the labels agree with the renderer.

    Attributes:
        offsets: (N,) pixels between label and found dot.
        agrees: (M,) whether ray cast and depth say the same.
    """

    offsets: np.ndarray
    agrees: np.ndarray

    def __str__(self) -> str:
        off = self.offsets
        return (
            f"{len(off)} dots: mean {off.mean():.3f} px, largest {off.max():.3f} px, "
            f"{(off < 0.5).mean():.1%} within 0.5 px; visibility agrees with depth on "
            f"{self.agrees.mean():.1%} of {len(self.agrees)} keypoints"
        )


def verify_labels(preset: SimpleNamespace, num: int, seed: int = 0) -> LabelAgreement:
    """Check keypoints of freshly sampled scenes until ``num`` lie in a picture.

    Blender must have been started.
    """
    offsets: list[float] = []
    agrees: list[bool] = []
    index = 0
    while len(offsets) < num:
        rng = np.random.default_rng([seed, index])
        index += 1
        scene = replace(sample_scene(rng, preset, Assets()), f_number=0.0)
        build_stage(scene)
        scene, seen = hide_and_see(rng, scene, preset)
        numbers = _number_objects()
        rendered = blender.render(samples=1, seed=0, denoise=False)
        for body, visible in zip(scene.instruments, seen, strict=True):
            points = scene.to_camera(body.keypoints_world())
            owners = [[numbers[name] for name in names] for names in body.owner_objects()]
            agrees += _agree_with_depth(scene, points, visible, body.radii, owners, rendered)
        for body in scene.instruments:
            offsets += _find_dots(scene, body.keypoints_world())
    return LabelAgreement(np.array(offsets), np.array(agrees))


def _number_objects() -> dict[str, int]:
    """Give every object on the stage a pass index of its own, and return these by name."""
    numbers = {}
    for number, thing in enumerate(bpy.data.objects, start=1):
        thing.pass_index = numbers[thing.name] = number
    return numbers


def _agree_with_depth(
    scene: Scene,
    points: np.ndarray,
    seen: np.ndarray,
    radii: np.ndarray,
    owners: list[list[int]],
    rendered: blender.Rendered,
) -> list[bool]:
    """Compare where the answer does not hang on one pixel's rounding: 3x3 pixels must agree.

    The owners' surface may lie a keypoint's radius before it, any other not at all.
    """
    camera = replace(scene.camera, distortion=0.0, shutter=(0.0, 0.0))
    pixels = camera.project(points)
    answers = []
    every = zip(pixels, points, seen, radii, owners, strict=True)
    for (x, y), point, visible, radius, own in every:
        column, row = int(round(x)), int(round(y))
        if not (1 <= column < camera.width - 1 and 1 <= row < camera.height - 1):
            continue
        around = np.s_[row - 1 : row + 2, column - 1 : column + 2]
        before = np.where(np.isin(rendered.index[around], own), radius, 0.0)
        clear = rendered.depth[around] >= point[2] - before - _DEPTH_SLACK
        if clear.all() or not clear.any():
            answers.append(bool(clear.all()) == bool(visible))
    return answers


def _find_dots(scene: Scene, points: np.ndarray) -> list[float]:
    """Distance in pixels from each keypoint's label to the dot rendered at it."""
    camera = scene.camera
    labels = scene.pixels(points)
    inside = is_inside(labels, camera.width, camera.height)
    # A dot cut by the picture's rim has its middle elsewhere.
    near_rim = ((labels < 6) | (labels > (camera.width - 7, camera.height - 7))).any(axis=1)
    offsets = []
    for point, label in zip(points[inside & ~near_rim], labels[inside & ~near_rim], strict=True):
        radius = _DOT_PIXELS * scene.to_camera(point[None])[0, 2] / camera.fx
        blender.clear()
        blender_contents.set_camera(camera, scene.to_world)
        ball = trimesh.creation.icosphere(subdivisions=3, radius=radius)
        pose = np.eye(4)
        pose[:3, 3] = point
        blender_contents.add_mesh("dot", ball.vertices, ball.faces.tolist(), pose)
        rendered = blender.render(samples=16, seed=0, transparent=True, denoise=False)
        alpha = sensor.distort(rendered.color, camera)[..., 3]
        offsets.append(float(np.hypot(*(_centroid(alpha, label) - label))))
    return offsets


def _centroid(alpha: np.ndarray, near: np.ndarray) -> np.ndarray:
    y, x = np.indices(alpha.shape)
    weight = alpha * (np.hypot(x - near[0], y - near[1]) < _SEARCH_PIXELS)
    if weight.sum() < 1e-3:
        return np.array([np.inf, np.inf])
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
