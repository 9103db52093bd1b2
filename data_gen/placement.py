"""Place things on the ground or on each other, at a chosen place of the picture."""

import cv2
import numpy as np

from data_gen.bodies import Body
from data_gen.camera import RenderCamera
from data_gen.labels import to_frame

_CELL = 0.003
_HALF = 0.45


class HeightField:
    """Heights of what lies on the ground around the origin, in cells of 3 mm.

    Args:
        ground: (N, N) heights of the bare ground in meters, rows along y, or None for flat.
    """

    def __init__(self, ground: np.ndarray | None = None) -> None:
        count = int(2 * _HALF / _CELL)
        self._ground = np.zeros((count, count), np.float32)
        self._things = np.full((count, count), -np.inf, np.float32)
        if ground is not None:
            self._ground = cv2.resize(ground.astype(np.float32), (count, count))

    def below(self, points: list[np.ndarray], sink: float = 0.0) -> float:
        """Height on which parts come to rest.

        Args:
            points: (V, 3) world vertices of each part.
            sink: share of the covered ground that may reach higher, because cloth gives way;
                things do not.
        """
        covered = np.any([self._mask(part) > 0 for part in points], axis=0)
        if not covered.any():
            return 0.0
        ground = np.quantile(self._ground[covered], 1 - sink)
        return float(max(ground, self._things[covered].max()))

    def put(self, points: list[np.ndarray]) -> None:
        """Let later things rest on these parts."""
        for part in points:
            mask = self._mask(part) > 0
            self._things[mask] = np.maximum(self._things[mask], part[:, 2].max())

    def _mask(self, part: np.ndarray) -> np.ndarray:
        cells = ((part[:, :2] + _HALF) / _CELL).astype(np.int32)
        mask = np.zeros(self._ground.shape, np.uint8)
        cv2.fillConvexPoly(mask, cv2.convexHull(cells), 1)
        return mask


def look_down(distance: float, tilt: float, azimuth: float, roll: float) -> np.ndarray:
    """(4, 4) camera to world of a camera that looks at the origin.

    Args:
        distance: meters.
        tilt: radians from straight down.
        azimuth: radians, the side the camera stands on.
        roll: radians about its own axis.
    """
    center = distance * np.array(
        [np.sin(tilt) * np.cos(azimuth), np.sin(tilt) * np.sin(azimuth), np.cos(tilt)]
    )
    forward = -center / distance
    tangent = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    down = np.cross(forward, tangent)
    right = np.cos(roll) * tangent + np.sin(roll) * down
    down = np.cross(forward, right)
    to_world = np.eye(4)
    to_world[:3, :3] = np.stack([right, down, forward], axis=1)
    to_world[:3, 3] = center
    return to_world


def point_at(
    camera: RenderCamera, to_world: np.ndarray, pixel: np.ndarray, height: float
) -> np.ndarray:
    """(3,) world point at a height that appears at a pixel.

    A pixel at or above the horizon gives a point 2 m away.
    """
    ray = np.array([(pixel[0] - camera.cx) / camera.fx, (pixel[1] - camera.cy) / camera.fy, 1.0])
    ray = to_world[:3, :3] @ (ray / np.linalg.norm(ray))
    center = to_world[:3, 3]
    steps = (height - center[2]) / ray[2] if ray[2] < -0.05 else 2.0
    return center + min(steps, 2.0) * ray


def spin(angle: float) -> np.ndarray:
    """(3, 3) rotation about the vertical, radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def lean(angle: float, azimuth: float) -> np.ndarray:
    """(3, 3) rotation by ``angle`` about a horizontal axis at ``azimuth``, radians."""
    c, s = np.cos(angle), np.sin(angle)
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return spin(azimuth) @ about_x @ spin(-azimuth)


def pose_at(body: Body, rotation: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(4, 4) that puts the middle of a body over ``place`` and its lowest vertex at its height."""
    points = np.concatenate([part.vertices for part in body.parts])
    pose = np.eye(4)
    pose[:3, :3] = rotation
    middle = rotation @ body.middle()
    pose[:2, 3] = place[:2] - middle[:2]
    pose[2, 3] = place[2] - (points @ rotation[2]).min()
    return pose


def world_parts(body: Body) -> list[np.ndarray]:
    """(V, 3) world vertices of each part."""
    return [to_frame(body.pose, part.vertices) for part in body.parts]
