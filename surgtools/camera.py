"""The camera of a picture: where a point in space is seen, and where a pixel looks.

A camera file is JSON: width, height, fx, fy, cx, cy in pixels, and ``distortion`` if any: one
number as the generator writes it, or a list of OpenCV's coefficients.

Shapes: N points.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.lens import bend, reach, straighten

_NEEDED = ("width", "height", "fx", "fy", "cx", "cy")
_COUNTS = (4, 5, 8)
_MOST = 0.3
_ASIDE = 2.0
"""Focal lengths that the principal point may lie beside a picture, which may be cut out of a
larger one: no lens that can be described so sees further than 63 degrees from its axis."""

_UNTIL = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-6)
"""When a ray is found: 1e-6 px from its pixel. OpenCV's own five steps are off by up to 8 px in
the corners of lenses such as endoscopes have."""

_ASTRAY, _NEWTON_STEPS = 1e-4, 50
"""Pixels from which on a ray of OpenCV is looked for again, and in how many steps."""


@dataclass(frozen=True)
class Camera:
    """Intrinsics in pixels.

    Attributes:
        distortion: the generator's one number, see ``surgtools.lens``, or OpenCV's coefficients
            k1, k2, p1, p2, k3, ... as a tuple.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: float | tuple[float, ...] = 0.0

    @property
    def matrix(self) -> np.ndarray:
        """(3, 3) from the frame of the camera to homogeneous pixels."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])

    @property
    def focal(self) -> float:
        """One focal length for both axes, pixels."""
        return float(np.sqrt(self.fx * self.fy))

    def undistort(self, pixels: np.ndarray) -> np.ndarray:
        """(N, 2) pixels to (N, 2) x / z, y / z of the ray through each."""
        pixels = np.asarray(pixels, dtype=float).reshape(-1, 2)
        if isinstance(self.distortion, tuple):
            if not len(pixels):
                return pixels
            bent = np.array(self.distortion)
            places = pixels[:, None], self.matrix, bent, None, None, _UNTIL
            return self._refined(cv2.undistortPointsIter(*places).reshape(-1, 2), pixels)
        xy = pixels - (self.cx, self.cy)
        return straighten(xy, self.distortion, self._half_diagonal) / (self.fx, self.fy)

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points before the camera to (N, 2) pixels."""
        points = np.asarray(points, dtype=float).reshape(-1, 3)
        if isinstance(self.distortion, tuple):
            if not len(points):
                return np.zeros((0, 2))
            bent, none = np.array(self.distortion), np.zeros(3)
            return cv2.projectPoints(points, none, none, self.matrix, bent)[0].reshape(-1, 2)
        straight = points[:, :2] / points[:, 2:] * (self.fx, self.fy)
        return bend(straight, self.distortion, self._half_diagonal) + (self.cx, self.cy)

    def require_size(self, width: int, height: int, source: str) -> None:
        """Refuse a picture of another size: a camera is never scaled without being told.

        Raises:
            InputError: the sizes differ.
        """
        if (width, height) != (self.width, self.height):
            raise InputError(
                f"{source}: is {width}x{height}, the camera file is for {self.width}x"
                f"{self.height}; give the camera of these pictures"
            )

    def to_dict(self) -> dict:
        """What a camera file holds."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _NEEDED}
        bent = self.distortion
        return values | {"distortion": list(bent) if isinstance(bent, tuple) else bent}

    def _refined(self, rays: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """(N, 2) rays; where OpenCV's steps ran away, as in a strong pincushion, Newton's."""
        error = np.linalg.norm(self._seen(rays)[0] - pixels, axis=1)
        lost = ~(error < _ASTRAY)
        if not lost.any():
            return rays
        target = pixels[lost]
        found = (target - (self.cx, self.cy)) / (self.fx, self.fy)
        with np.errstate(all="ignore"):  # a pixel that no ray reaches
            for _ in range(_NEWTON_STEPS):
                seen, (a, b, c, d) = self._seen(found)
                x, y = (target - seen).T
                found = found + np.column_stack([d * x - b * y, a * y - c * x] / (a * d - b * c))
            better = np.linalg.norm(self._seen(found)[0] - target, axis=1) < error[lost]
        rays = rays.copy()
        rays[lost] = np.where(better[:, None], found, rays[lost])
        return rays

    def _seen(self, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 2) pixels of (N, 2) rays, and the (4, N) derivatives dx/dx, dx/dy, dy/dx, dy/dy."""
        points, none = np.column_stack([rays, np.ones(len(rays))]), np.zeros(3)
        bent = np.array(self.distortion)
        pixels, slopes = cv2.projectPoints(points, none, none, self.matrix, bent)
        return pixels.reshape(-1, 2), slopes[:, 3:5].reshape(-1, 4).T

    @property
    def _half_diagonal(self) -> float:
        return float(np.hypot(self.width, self.height) / 2)


def read_camera(path: str | Path) -> Camera:
    """Read a camera file.

    Raises:
        InputError: a key is missing, unknown, or has no possible value.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not set(_NEEDED) <= set(content):
        missing = [n for n in _NEEDED if not isinstance(content, dict) or n not in content]
        raise InputError(
            f"{path}: is no camera file, `{missing[0]}` is missing; {', '.join(_NEEDED)} are "
            "expected"
        )
    if unknown := sorted(set(content) - {*_NEEDED, "distortion"}):
        raise InputError(f"{path}: key `{unknown[0]}` is unknown; remove it")
    return to_camera(content, str(path))


def to_camera(content: dict, where: str) -> Camera:
    """A camera of checked values.

    Args:
        content: with the keys of a camera file.
        where: to name in messages.

    Raises:
        InputError: a value is no number or impossible, or the distortion none of the known forms.
    """
    for key in _NEEDED[:4]:
        value = content[key]
        if not _is_number(value) or not value > 0:
            raise InputError(f"{where}: `{key}` is {value!r}; a number above 0 is expected")
    for key, side, focal in (("cx", "width", "fx"), ("cy", "height", "fy")):
        value, aside = content[key], _ASIDE * content[focal]
        low, high = -aside, content[side] - 1 + aside
        if not _is_number(value) or not low <= value <= high:
            raise InputError(
                f"{where}: `{key}` is {value!r}; a number from {low:g} to {high:g} is expected: "
                f"in the picture, or at most {_ASIDE:g} `{focal}` beside it"
            )
    for key in ("width", "height"):
        if content[key] != int(content[key]):
            raise InputError(f"{where}: `{key}` is {content[key]!r}; whole pixels are expected")
    values = {key: float(content[key]) for key in _NEEDED[2:]}
    width, height = int(content["width"]), int(content["height"])
    bent = _distortion(content, where)
    _require_flat(bent, [width - 1, height - 1], [values["cx"], values["cy"]], where)
    return Camera(width, height, **values, distortion=bent)


def write_camera(path: str | Path, camera: Camera) -> None:
    """Write a camera file whole."""
    write_json(path, camera.to_dict(), indent=1)


def _distortion(content: dict, where: str) -> float | tuple[float, ...]:
    value = content.get("distortion", 0.0)
    if isinstance(value, list) and len(value) in _COUNTS and all(map(_is_number, value)):
        return tuple(map(float, value)) if any(value) else 0.0
    if _is_number(value) and abs(value) <= _MOST:
        return float(value)
    raise InputError(
        f"{where}: `distortion` is {value!r}; a number from -{_MOST} to {_MOST}, or a list of "
        "4, 5 or 8 coefficients of OpenCV is expected"
    )


def _require_flat(
    bent: float | tuple[float, ...], last: list[int], axis: list[float], where: str
) -> None:
    """Refuse a barrel that folds back within the picture: two places would be one pixel."""
    corner = np.maximum(np.abs(axis), np.abs(np.subtract(last, axis)))
    if not isinstance(bent, tuple) and 2 * np.hypot(*corner) >= reach(bent) * np.hypot(*last):
        raise InputError(
            f"{where}: `distortion` {bent:g} folds the picture in a corner, which lies far from "
            "`cx`, `cy`; give coefficients of OpenCV"
        )


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and bool(np.isfinite(float(value)))
    )
