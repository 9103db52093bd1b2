"""The pinhole camera with radial distortion, in the conventions of the labels.

Camera frame: x right, y down, z forward, meters. Pixel centers are on integers, so the middle of a
picture of width W lies at (W - 1) / 2.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surgtools.camera import read_camera
from surgtools.errors import InputError
from surgtools.lens import bend, straighten


@dataclass(frozen=True)
class RenderCamera:
    """Intrinsics in pixels.

    Attributes:
        distortion: k of ``surgtools.lens``.
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
        return self._roll(bend(xy, self.distortion, self.half_diagonal)) + (self.cx, self.cy)

    def undistort_map(self) -> np.ndarray:
        """(H, W, 2) where each pixel of the distorted picture lies in the undistorted one."""
        x, y = np.meshgrid(np.arange(self.width), np.arange(self.height))
        xy = np.stack([x - self.cx, y - self.cy], axis=-1)
        row = xy[..., 1:] / self.height
        straight = straighten(xy - row * self.shutter, self.distortion, self.half_diagonal)
        return straight + (self.cx, self.cy)

    def _roll(self, xy: np.ndarray) -> np.ndarray:
        """Each point as far along the movement as its own row's time, which it also moves."""
        row = xy[:, 1:] / (self.height - self.shutter[1])
        return xy + row * self.shutter

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
    """Read a camera file, see ``surgtools.camera``.

    Raises:
        InputError: a value is missing, unknown or impossible, or the distortion is a list.
    """
    camera = read_camera(path)
    if isinstance(camera.distortion, tuple):
        raise InputError(
            f"{path}: `distortion` is a list of OpenCV's coefficients; the generator takes one "
            "number from -0.3 to 0.3"
        )
    return RenderCamera(**vars(camera))
