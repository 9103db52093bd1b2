"""Measure how far an instrument is from every shape that the source labels show.

An instrument of a known family has few degrees of freedom: its opening, its proportions and the
tilt of the camera. Shapes are aligned (position, rotation, size removed) and described by a
mean, a few principal directions and what is left over. A wrong keypoint is far from every shape
the source has shown, and that is seen without any ground truth.

Shapes: N instances, k keypoints of one category.

Source: Cootes et al., Active Shape Models, 1995 (alignment, principal directions); Moghaddam and
Pentland, 1997 (distance in and from the principal space).
"""

from dataclasses import dataclass

import numpy as np

from surgtools.errors import InputError

MIN_SHAPES = 20
"""Fewer labelled instances than this give no covariance worth the name."""

NOISE_FLOOR = 0.01
"""Spread, as a share of the shape's size, that labels have anyway (1-2 px of 150)."""


@dataclass(frozen=True)
class ShapeModel:
    """How the keypoints of one instrument can lie to each other.

    Attributes:
        mean: (k, 2) aligned mean shape of size 1.
        directions: (m, 2k) orthonormal principal directions.
        variances: (m,) along them.
        noise: variance per coordinate outside of them.
    """

    mean: np.ndarray
    directions: np.ndarray
    variances: np.ndarray
    noise: float

    @classmethod
    def fit(cls, keypoints: np.ndarray, explained: float = 0.98) -> "ShapeModel":
        """Learn from labels.

        Args:
            keypoints: (N, k, 2) complete labels of one category, image pixels.
            explained: share of the variance the principal directions carry.

        Raises:
            InputError: fewer than ``MIN_SHAPES`` shapes of positive size.
        """
        keypoints = np.asarray(keypoints, dtype=float)
        shapes = keypoints[_sizes(keypoints) > 0] if len(keypoints) else keypoints
        if len(shapes) < MIN_SHAPES:
            raise InputError(
                f"{len(shapes)} complete labels of a category given; its shape model needs "
                f"{MIN_SHAPES}, give a source set with more"
            )
        mean = _normalize(shapes[:1])[0]
        for _ in range(5):
            aligned = _align(shapes, mean)
            mean = _normalize(aligned.mean(axis=0)[None])[0]
        residuals = (_align(shapes, mean) - mean).reshape(len(shapes), -1)
        _, singular, directions = np.linalg.svd(residuals, full_matrices=False)
        variances = singular**2 / len(shapes)
        share = np.cumsum(variances) / max(variances.sum(), 1e-12)
        kept = min(int(np.searchsorted(share, explained)) + 1, residuals.shape[1] - 4)
        rest = variances[kept:].sum() / max(1, residuals.shape[1] - 4 - kept)
        floor = NOISE_FLOOR**2
        return cls(mean, directions[:kept], variances[:kept] + floor, float(rest + floor))

    def implausibility(self, keypoints: np.ndarray) -> np.ndarray:
        """Distance from the shapes of the source, in standard deviations.

        Args:
            keypoints: (N, k, 2) image pixels.

        Returns:
            (N,) root mean square Mahalanobis distance per coordinate, about 1 for a source
            shape; infinite for a shape without size; empty in, empty out.
        """
        keypoints = np.asarray(keypoints, dtype=float)
        if len(keypoints) == 0:
            return np.zeros(0)
        sized = _sizes(keypoints) > 0
        result = np.full(len(keypoints), np.inf)
        residuals = (_align(keypoints[sized], self.mean) - self.mean).reshape(-1, self.mean.size)
        inside = residuals @ self.directions.T
        outside = (residuals**2).sum(axis=1) - (inside**2).sum(axis=1)
        squared = (inside**2 / self.variances).sum(axis=1)
        squared += np.maximum(outside, 0) / self.noise
        result[sized] = np.sqrt(squared / residuals.shape[1])
        return result

    def to_dict(self) -> dict:
        """The model as JSON values."""
        return {
            "mean": self.mean.tolist(),
            "directions": self.directions.tolist(),
            "variances": self.variances.tolist(),
            "noise": self.noise,
        }

    @classmethod
    def from_dict(cls, content: dict) -> "ShapeModel":
        """What ``to_dict`` wrote."""
        arrays = (np.array(content[name]) for name in ("mean", "directions", "variances"))
        return cls(*arrays, noise=float(content["noise"]))


def _sizes(keypoints: np.ndarray) -> np.ndarray:
    """(N,) Frobenius norms of centered shapes; NaN keypoints give 0."""
    centered = keypoints - keypoints.mean(axis=1, keepdims=True)
    return np.nan_to_num(np.sqrt((centered**2).sum(axis=(1, 2))))


def _normalize(keypoints: np.ndarray) -> np.ndarray:
    centered = keypoints - keypoints.mean(axis=1, keepdims=True)
    return centered / _sizes(keypoints)[:, None, None]


def _align(keypoints: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(N, k, 2) turned to the mean and scaled to size 1; never mirrored.

    Complex numbers make the best rotation of 2D shapes a single phase. Sides follow the image,
    hence a mirrored instrument has left and right traded and needs no mirroring here.
    """
    shapes = _normalize(keypoints)
    z = shapes[..., 0] + 1j * shapes[..., 1]
    phase = np.conj(z) @ (mean[:, 0] + 1j * mean[:, 1])
    z = z * np.exp(1j * np.angle(phase))[:, None]
    return np.stack([z.real, z.imag], axis=-1)
