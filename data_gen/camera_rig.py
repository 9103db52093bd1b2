"""Several cameras that look at one scene: the same frame, seen from each.

The cameras stand on a circle around the point that the preset's camera looks at, side by side.
The scene is sampled for the middle of them, so that it does not depend on the view.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data_gen.camera import RenderCamera
from data_gen.scene import Scene
from surgtools.errors import InputError
from surgtools.rig_file import KEYS, read_rig_file, write_rig_file


@dataclass(frozen=True)
class RigView:
    """One camera of a rig.

    Attributes:
        number, count: which of how many.
        angle: degrees between neighbors.
        distance: meters from every camera to the point at which all look.
    """

    number: int
    count: int
    angle: float
    distance: float

    @property
    def name(self) -> str:
        """Of the view's folder and of its camera."""
        return f"cam_{self.number}"

    def to_middle(self) -> np.ndarray:
        """(4, 4) from the frame of this camera to that of the middle of the rig."""
        turn = np.radians(self.angle * (self.number - (self.count - 1) / 2))
        matrix = np.eye(4)
        matrix[0, [0, 2]] = np.cos(turn), np.sin(turn)
        matrix[2, [0, 2]] = -np.sin(turn), np.cos(turn)
        there = np.array([0.0, 0.0, self.distance])
        matrix[:3, 3] = there - matrix[:3, :3] @ there
        return matrix


def views_of(count: int, angle: float, distance: float) -> list[RigView]:
    """The cameras of a rig.

    Raises:
        InputError: too few, or they would stand behind each other.
    """
    if count < 2:
        raise InputError(f"--rig {count}: two cameras or more are expected")
    if not 0 < angle * (count - 1) <= 120:
        raise InputError(f"--rig-angle {angle:g}: {count} cameras may span up to 120 degrees")
    return [RigView(number, count, angle, distance) for number in range(count)]


def seen_from(scene: Scene, view: RigView | None) -> Scene:
    """The scene before another camera; the same where there is no rig."""
    if view is None:
        return scene
    camera = replace(scene.camera, shutter=(0.0, 0.0))
    return replace(scene, camera=camera, to_world=scene.to_world @ view.to_middle())


def noise_of(
    view: RigView | None, seeds: Sequence[int], rng: np.random.Generator
) -> np.random.Generator:
    """What a camera draws its noise from; ``rng`` goes on where there is no rig.

    Args:
        seeds: whole numbers that name the frame of all cameras.
    """
    return rng if view is None else np.random.default_rng([*seeds, view.number + 1])


def require_same_rig(path: Path, views: Sequence[RigView], camera: RenderCamera) -> None:
    """Make sure that the file of a rig may be written: all splits of a folder share it.

    Raises:
        InputError: it is there and tells of other cameras, or cannot be read.
    """
    if not path.exists():
        return
    before, now = read_rig_file(path), _tables(views, camera)
    if len(before) != len(now):
        what = f"{len(before)} cameras, not {len(now)}"
    else:
        pairs = zip(before, now, strict=True)
        differing = (key for old, new in pairs for key in KEYS if _differs(old[key], new[key]))
        key = next(differing, None)
        if key is None:
            return
        what = f"cameras with another `{key}`"
    raise InputError(
        f"{path}: tells of {what}, which earlier pictures there were made with; give the same "
        "preset, --rig, --rig-angle and --camera, or another --out-dir"
    )


def write_camera_rig(path: Path, views: Sequence[RigView], camera: RenderCamera) -> None:
    """Write where the cameras stand, in the frame of the first; millimeters.

    Args:
        camera: without distortion, which the file's form has no value for.
    """
    write_rig_file(path, _tables(views, camera), {"units": "mm"})


def _tables(views: Sequence[RigView], camera: RenderCamera) -> list[dict[str, Any]]:
    first = views[0].to_middle()
    matrix = [[camera.fx, 0.0, camera.cx], [0.0, camera.fy, camera.cy], [0.0, 0.0, 1.0]]
    cameras = []
    for view in views:
        to_camera = np.linalg.inv(view.to_middle()) @ first
        turn = np.arctan2(to_camera[0, 2], to_camera[0, 0])  # all turn about y
        cameras.append(
            {
                "name": view.name,
                "size": [camera.width, camera.height],
                "matrix": [[float(v) for v in row] for row in matrix],
                "distortions": [0.0] * 5,
                "rotation": [0.0, float(turn), 0.0],
                "translation": [float(1000 * v) for v in to_camera[:3, 3]],
            }
        )
    return cameras


def _differs(old: Any, new: Any) -> bool:
    if isinstance(new, str):
        return old != new
    try:
        old = np.array(old, dtype=float)
    except (TypeError, ValueError):
        return True
    return old.shape != np.shape(new) or not np.allclose(old, new)
