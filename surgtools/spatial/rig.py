"""The cameras of a rig: where each stands, and where it sees a point.

Points are in the frame of the rig, in the unit of its file; surgtools writes millimeters.

Shapes: N points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.camera import Camera, to_camera
from surgtools.errors import InputError
from surgtools.rig_file import read_rig_file, write_rig_file


@dataclass(frozen=True)
class RigCamera:
    """One camera and its place.

    Attributes:
        turn: (3, 3) rotation from the frame of the rig to that of the camera.
        shift: (3,) translation, the same way.
    """

    name: str
    camera: Camera
    turn: np.ndarray
    shift: np.ndarray

    @property
    def pose(self) -> np.ndarray:
        """(3, 4) turn and shift side by side."""
        return np.column_stack([self.turn, self.shift])

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points of the rig to (N, 2) pixels; NaN behind the camera."""
        inside = np.asarray(points, dtype=float) @ self.turn.T + self.shift
        before = inside[:, 2] > 0
        pixels = np.full((len(inside), 2), np.nan)
        pixels[before] = self.camera.project(inside[before])
        return pixels


def read_rig(path: str | Path) -> list[RigCamera]:
    """The cameras of a rig file, in its order.

    Raises:
        InputError: the file or a value of it cannot be used, or two cameras have one name.
    """
    cameras = [_camera(table, f"{path}: {table['name']}") for table in read_rig_file(path)]
    names = [camera.name for camera in cameras]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{path}: two cameras are called {twice[0]!r}; rename one")
    return cameras


def write_rig(path: str | Path, cameras: Sequence[RigCamera], **metadata: Any) -> None:
    """Write a rig file whole.

    Args:
        metadata: further values of the file.
    """
    tables = []
    for own in cameras:
        bent = own.camera.distortion
        bent = [*bent, *[0.0] * 5][: max(5, len(bent))] if isinstance(bent, tuple) else [0.0] * 5
        tables.append(
            {
                "name": own.name,
                "size": [own.camera.width, own.camera.height],
                "matrix": own.camera.matrix.tolist(),
                "distortions": [float(value) for value in bent],
                "rotation": cv2.Rodrigues(own.turn)[0].ravel().tolist(),
                "translation": np.asarray(own.shift, dtype=float).tolist(),
            }
        )
    write_rig_file(path, tables, {"units": "mm", **metadata})


def _camera(table: dict, where: str) -> RigCamera:
    values = {}
    for key, shape in (
        ("matrix", (3, 3)),
        ("size", (2,)),
        ("rotation", (3,)),
        ("translation", (3,)),
        ("distortions", None),
    ):
        try:
            values[key] = np.array(table[key], dtype=float)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{where}: `{key}` is {table[key]!r}; numbers are expected"
            ) from error
        if (shape and values[key].shape != shape) or not np.isfinite(values[key]).all():
            raise InputError(f"{where}: `{key}` is {table[key]!r}; calibrate again")
    if table.get("fisheye"):
        raise InputError(f"{where}: is a fisheye camera, which is not supported; undistort first")
    (fx, _, cx), (_, fy, cy) = values["matrix"][:2]
    width, height = values["size"].astype(int).tolist()
    content = {"width": width, "height": height, "fx": fx, "fy": fy, "cx": cx, "cy": cy}
    content = {key: float(value) if key[0] in "fc" else value for key, value in content.items()}
    camera = to_camera(content | {"distortion": values["distortions"].tolist()}, where)
    turn = cv2.Rodrigues(values["rotation"])[0]
    return RigCamera(str(table["name"]), camera, turn, values["translation"])
