"""The pinhole camera with radial distortion, in the conventions of the labels.

Camera frame: x right, y down, z forward, meters. Pixel centers are on integers, so the middle of a
picture of width W lies at (W - 1) / 2.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json


@dataclass(frozen=True)
class RenderCamera:
    """Intrinsics in pixels.

    Attributes:
        distortion: k of the inverse radial model ``undistorted = distorted * (1 + k r^2) / norm``,
            r measured from the principal point in half picture diagonals; ``norm`` is 1 + k for
            k > 0, else 1, so that the corners never look outside the undistorted picture.
        shutter: x, y in pixels by which the scene moves in the picture while the rows from first
            to last are read; the middle row is where it was.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: float = 0.0
    shutter: tuple[float, float] = (0.0, 0.0)

    @property
    def half_diagonal(self) -> float:
        return float(np.hypot(self.width, self.height) / 2)

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the camera frame, z > 0, to (N, 2) pixels of the distorted picture."""
        points = np.asarray(points, dtype=float).reshape(-1, 3)
        xy = points[:, :2] / points[:, 2:] * (self.fx, self.fy)
        return self._roll(self._distort(xy)) + (self.cx, self.cy)

    def undistort_map(self) -> np.ndarray:
        """(H, W, 2) where each pixel of the distorted picture lies in the undistorted one."""
        x, y = np.meshgrid(np.arange(self.width), np.arange(self.height))
        xy = np.stack([x - self.cx, y - self.cy], axis=-1)
        row = xy[..., 1:] / self.height
        return self._undistort(xy - row * self.shutter) + (self.cx, self.cy)

    def _roll(self, xy: np.ndarray) -> np.ndarray:
        """Each point as far along the movement as its own row's time, which it also moves."""
        row = xy[:, 1:] / (self.height - self.shutter[1])
        return xy + row * self.shutter

    def _undistort(self, xy: np.ndarray) -> np.ndarray:
        r2 = (xy**2).sum(axis=-1, keepdims=True) / self.half_diagonal**2
        return xy * (1 + self.distortion * r2) / (1 + max(self.distortion, 0.0))

    def _distort(self, xy: np.ndarray) -> np.ndarray:
        """Invert ``_undistort`` along the radius by Newton's method."""
        if not self.distortion:
            return xy
        k = self.distortion
        target = np.hypot(*xy.T) / self.half_diagonal * (1 + max(k, 0.0))
        # Beyond this radius a barrel folds back; such points are far outside the picture.
        target = np.minimum(target, 0.66 / np.sqrt(-3 * k)) if k < 0 else target
        r = target.copy()
        for _ in range(8):
            r = r - (r * (1 + k * r**2) - target) / (1 + 3 * k * r**2)
        scale = np.divide(r, target, out=np.ones_like(r), where=target > 0)
        return xy * scale[:, None] * (1 + max(k, 0.0))

    def resized(self, width: int, height: int) -> "RenderCamera":
        """The same view in another resolution."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
        )

    def to_dict(self) -> dict:
        """What ``images[].camera`` carries."""
        values = {name: round(getattr(self, name), 4) for name in ("fx", "fy", "cx", "cy")}
        values["distortion"] = round(self.distortion, 5)
        if any(self.shutter):
            values["shutter"] = [round(v, 3) for v in self.shutter]
        return values


def centered_camera(
    width: int, height: int, focal: float, distortion: float = 0.0
) -> RenderCamera:
    """A camera whose principal point is the picture's middle; ``focal`` in pixels."""
    return RenderCamera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2, distortion)


def load_camera(path: str | Path) -> RenderCamera:
    """Read ``camera.json``: width, height, fx, fy, cx, cy in pixels, distortion if any.

    Raises:
        InputError: a key is missing, unknown or not a positive number.
    """
    content = read_json(path)
    needed = ("width", "height", "fx", "fy", "cx", "cy")
    if not isinstance(content, dict) or not set(needed) <= set(content):
        raise InputError(f"{path}: a camera file needs {', '.join(needed)}")
    unknown = set(content) - {*needed, "distortion"}
    if unknown:
        raise InputError(f"{path}: key `{sorted(unknown)[0]}` is unknown; remove it")
    for key in needed:
        if not isinstance(content[key], int | float) or not content[key] > 0:
            raise InputError(f"{path}: `{key}` is {content[key]!r}, expected a number > 0")
    distortion = content.get("distortion", 0.0)
    if not isinstance(distortion, int | float) or abs(distortion) > 0.3:
        raise InputError(f"{path}: `distortion` is {distortion!r}, expected -0.3 to 0.3")
    return RenderCamera(**content)
