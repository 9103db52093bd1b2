"""Make pictures worse at random, as a camera does: blur, low resolution, noise, JPEG."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng


@TRANSFORMS.register_module()
class RandomDegrade(BaseTransform):
    """Degrade ``img`` (H, W, 3) uint8 in the order in which a camera does.

    Args:
        blur_prob: share with Gaussian blur, up to ``max_blur`` pixels sigma.
        motion_prob: share with motion blur, up to ``max_motion`` pixels long.
        resolution_prob: share that was once smaller, down to ``min_resolution``.
        noise_prob: share with noise, up to ``max_noise`` levels sigma.
        jpeg_prob: share that went through JPEG, quality down to ``min_quality``.
    """

    def __init__(
        self,
        blur_prob: float = 0.25,
        max_blur: float = 2.0,
        motion_prob: float = 0.1,
        max_motion: float = 9.0,
        resolution_prob: float = 0.25,
        min_resolution: float = 0.35,
        noise_prob: float = 0.3,
        max_noise: float = 14.0,
        jpeg_prob: float = 0.4,
        min_quality: int = 25,
    ) -> None:
        self.blur_prob, self.max_blur = blur_prob, max_blur
        self.motion_prob, self.max_motion = motion_prob, max_motion
        self.resolution_prob, self.min_resolution = resolution_prob, min_resolution
        self.noise_prob, self.max_noise = noise_prob, max_noise
        self.jpeg_prob, self.min_quality = jpeg_prob, min_quality

    def transform(self, results: dict) -> dict:
        """Each step on its own chance."""
        rng = worker_rng()
        image = results["img"]
        if rng.random() < self.blur_prob:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, self.max_blur))
        if rng.random() < self.motion_prob:
            image = blur_along(image, rng.uniform(2, self.max_motion), rng.uniform(0, np.pi))
        if rng.random() < self.resolution_prob:
            image = shrink_and_enlarge(image, rng.uniform(self.min_resolution, 0.9))
        if rng.random() < self.noise_prob:
            image = add_noise(image, rng.uniform(1, self.max_noise), rng)
        if rng.random() < self.jpeg_prob:
            image = compress(image, int(rng.integers(self.min_quality, 95)))
        results["img"] = image
        return results


def blur_along(image: np.ndarray, length: float, angle: float) -> np.ndarray:
    """Motion blur of ``length`` pixels along ``angle`` (radians, image axes)."""
    size = 2 * int(np.ceil(length / 2)) + 1
    center = size // 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    kernel = np.zeros((size, size), np.float32)
    start, end = np.rint(center - reach).astype(int), np.rint(center + reach).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def shrink_and_enlarge(image: np.ndarray, scale: float) -> np.ndarray:
    """Down to ``scale`` of the size and up again."""
    height, width = image.shape[:2]
    small = (max(8, round(width * scale)), max(8, round(height * scale)))
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))


def add_noise(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of ``sigma`` levels, the same in all channels or one for each."""
    channels = 3 if rng.random() < 0.5 else 1
    noise = np.empty((*image.shape[:2], channels), np.int8)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(noise, 0, sigma)
    return cv2.add(image, np.broadcast_to(noise, image.shape), dtype=cv2.CV_8U)


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """Through JPEG and back."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)
