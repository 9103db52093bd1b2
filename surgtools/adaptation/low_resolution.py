"""Show pictures as a camera of few pixels would see them."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.errors import InputError


@TRANSFORMS.register_module()
class LowResolution(BaseTransform):
    """Shrink the whole picture by a random factor and enlarge it again; labels stay valid.

    Stands after the picture is loaded, before any crop: a camera of few pixels has few pixels
    for the whole scene. The size stays, so that boxes, keypoints and the network's input do.

    Args:
        factors: one is drawn per picture, each at least 1.
        prob: of doing it at all.
    """

    def __init__(self, factors: Sequence[float] = (1, 2, 4, 8, 12), prob: float = 1.0) -> None:
        if not factors or min(factors) < 1:
            raise InputError(f"factors {list(factors)} given; numbers of 1 or more are expected")
        self.factors, self.prob = tuple(factors), prob

    def transform(self, results: dict) -> dict:
        """Replace ``img`` (H, W, 3)."""
        rng = worker_rng()
        if rng.random() < self.prob:
            factor = self.factors[rng.integers(len(self.factors))]
            results["img"] = lower_resolution(results["img"], factor)
        return results


def lower_resolution(image: np.ndarray, factor: float) -> np.ndarray:
    """(H, W, 3) picture with ``factor`` times fewer pixels per side, enlarged to its old size."""
    if factor == 1:
        return image
    height, width = image.shape[:2]
    small = (max(1, round(width / factor)), max(1, round(height / factor)))
    shrunk = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)


def through_camera(
    read: Callable[[int], np.ndarray], factors: Sequence[float]
) -> Callable[[int], np.ndarray]:
    """A reader of the same pictures through a camera of few pixels.

    Args:
        read: position to picture.
        factors: picture ``i`` is always seen by ``factors[i % len(factors)]``, so that every pair
            of networks is asked the same; without factors ``read`` itself is returned.
    """
    if not factors:
        return read
    return lambda index: lower_resolution(read(index), factors[index % len(factors)])
