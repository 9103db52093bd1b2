"""The light of an operating theatre: one lamp burns its spot out, the rest is dark."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng

_GAMMA = 2.2


@TRANSFORMS.register_module()
class TheatreLight(BaseTransform):
    """Light ``img`` (H, W, 3) uint8 with a spot, and expose it on the mean as a camera does.

    Args:
        prob: share of pictures that are lit.
        radius: range of the spot's radius over the shorter side.
        darkness: range of how many times darker the surround is, in linear light.
        mean: range of the mean brightness, in [0, 1] of linear light, that exposure aims at.
        aim_prob: share of spots that shine on an instrument, where there is one.
        glow_prob: share of pictures in which what is burnt out also shines around.
    """

    def __init__(
        self,
        prob: float = 0.35,
        radius: Sequence[float] = (0.15, 0.7),
        darkness: Sequence[float] = (4.0, 50.0),
        mean: Sequence[float] = (0.06, 0.3),
        aim_prob: float = 0.7,
        glow_prob: float = 0.4,
    ) -> None:
        self.prob, self.radius, self.darkness = prob, tuple(radius), tuple(darkness)
        self.mean, self.aim_prob, self.glow_prob = tuple(mean), aim_prob, glow_prob

    def transform(self, results: dict) -> dict:
        """A factor per pixel, then one exposure."""
        rng = worker_rng()
        if rng.random() >= self.prob:
            return results
        image = results["img"]
        height, width = image.shape[:2]
        center = rng.uniform((0, 0), (width, height))
        boxes = results.get("gt_bboxes", ())
        if len(boxes) and rng.random() < self.aim_prob:
            x1, y1, x2, y2 = boxes[int(rng.integers(len(boxes)))].tensor[0].tolist()
            center = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
            center = center + rng.normal(0, 0.15, 2) * min(height, width)
        light = spot(
            (height, width),
            center,
            min(height, width) * np.exp(rng.uniform(*np.log(self.radius))),
            np.exp(rng.uniform(*np.log(self.darkness))),
            rng,
        )
        results["img"] = relight(
            image, light, rng.uniform(*self.mean), rng.random() < self.glow_prob
        )
        return results


def spot(
    shape: tuple[int, int],
    center: np.ndarray,
    radius: float,
    darkness: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """(H, W) float32, 1 within an ellipse and 1 / ``darkness`` far from it."""
    height, width = shape
    turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.5, 1.0)
    x, y = np.arange(width) - center[0], (np.arange(height) - center[1])[:, None]
    along = x * np.cos(turn) + y * np.sin(turn)
    across = (y * np.cos(turn) - x * np.sin(turn)) / squeeze
    distance = ((along**2 + across**2) / radius**2).astype(np.float32)
    fall = np.exp(-(distance ** rng.uniform(0.7, 1.8)))
    return (1 / darkness + (1 - 1 / darkness) * fall).astype(np.float32)


def relight(image: np.ndarray, light: np.ndarray, mean: float, glow: bool) -> np.ndarray:
    """Lit and exposed so that the mean of linear light would be ``mean`` if nothing burnt out."""
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    small_light = cv2.resize(light, (32, 32), interpolation=cv2.INTER_AREA)
    level = float(((small**_GAMMA).mean(axis=2) * small_light).mean())
    gain = (np.clip(mean / max(level, 1e-4), 0.3, 20.0) * light) ** (1 / _GAMMA)
    if glow:
        excess = cv2.subtract(
            cv2.multiply(image, cv2.merge([gain * 0.25] * 3), dtype=cv2.CV_8U), (64,) * 4
        )
        image = cv2.add(image, cv2.GaussianBlur(excess, (0, 0), 6))
    return cv2.multiply(image, cv2.merge([gain] * 3), dtype=cv2.CV_8U)
