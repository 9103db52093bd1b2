"""Cover a part of the picture, as a hand, a drape or another tool would."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng

_VISIBLE, _HIDDEN = 2, 1


@TRANSFORMS.register_module()
class RandomOcclude(BaseTransform):
    """Draw one to ``max_count`` opaque shapes; keypoints below them become hidden (v = 1).

    The labels stay: a network learns where a hidden keypoint must be. Place it after the warp,
    so that ``transformed_keypoints`` say where the keypoints are in ``img``.

    Args:
        prob: share of pictures changed.
        max_count: most shapes in one picture.
        size: range of a shape's diameter, as a share of the picture's side.
    """

    def __init__(
        self, prob: float = 0.4, max_count: int = 2, size: tuple[float, float] = (0.08, 0.35)
    ) -> None:
        self.prob, self.max_count, self.size = prob, max_count, tuple(size)

    def transform(self, results: dict) -> dict:
        """Draw and relabel."""
        rng = worker_rng()
        if rng.random() >= self.prob:
            return results
        image = np.ascontiguousarray(results["img"])
        covered = np.zeros(image.shape[:2], np.uint8)
        for _ in range(rng.integers(1, self.max_count + 1)):
            shape = sample_occluder_corners(image.shape[:2], self.size, rng)
            color = sample_occluder_color(image, rng)
            cv2.fillPoly(image, [shape], color)
            cv2.fillPoly(covered, [shape], 1)
        results["img"] = image
        if "keypoints_visibility" in results:
            results["keypoints_visibility"] = hide_below(
                covered, results["transformed_keypoints"], results["keypoints_visibility"]
            )
        return results


def sample_occluder_corners(
    image_size: tuple[int, int], size: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Corners (n, 2) int32 of a turned bar, box or rounded blob inside the picture."""
    height, width = image_size
    long = rng.uniform(*size) * max(height, width)
    short = long * rng.uniform(0.2, 1.0)
    center = rng.uniform((0, 0), (width, height))
    if rng.random() < 0.5:
        corners = cv2.boxPoints((center.tolist(), (long, short), rng.uniform(0, 180)))
    else:
        angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
        radii = rng.uniform(0.6, 1.0, 12)[:, None] * (long / 2, short / 2)
        corners = center + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return corners.round().astype(np.int32)


def sample_occluder_color(image: np.ndarray, rng: np.random.Generator) -> list[int]:
    """A color of the picture itself, or any."""
    if rng.random() < 0.5:
        y, x = rng.integers(image.shape[0]), rng.integers(image.shape[1])
        return image[y, x].tolist()
    return rng.integers(0, 256, 3).tolist()


def hide_below(covered: np.ndarray, keypoints: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """v = 2 becomes 1 where ``covered`` (H, W) is not zero.

    Args:
        keypoints: (N, K, 2) pixels of ``covered``.
        visibility: (N, K) in {0, 1, 2}.
    """
    height, width = covered.shape
    x, y = np.rint(keypoints).astype(int).transpose(2, 0, 1)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    below = inside & (covered[y.clip(0, height - 1), x.clip(0, width - 1)] > 0)
    return np.where(below & (visibility == _VISIBLE), _HIDDEN, visibility).astype(visibility.dtype)
