"""Change the colors of pictures at random, as another camera or lamp would."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng


@TRANSFORMS.register_module()
class RandomPhotometric(BaseTransform):
    """Change ``img`` (H, W, 3) uint8 as another exposure and white balance would.

    Args:
        brightness: largest relative change of all channels.
        contrast: largest relative change about the mean.
        gamma: range of the exponent.
        tint: largest relative change of one channel (white balance).
        saturation: range of the factor; 0 is grey.
        hue: largest turn in degrees.
        gray_prob: share of pictures without color.
        prob: share of pictures changed at all.
    """

    def __init__(
        self,
        brightness: float = 0.35,
        contrast: float = 0.35,
        gamma: Sequence[float] = (0.6, 1.6),
        tint: float = 0.15,
        saturation: Sequence[float] = (0.3, 1.5),
        hue: float = 12.0,
        gray_prob: float = 0.1,
        prob: float = 0.9,
    ) -> None:
        self.brightness, self.contrast, self.gamma = brightness, contrast, tuple(gamma)
        self.tint, self.saturation, self.hue = tint, tuple(saturation), hue
        self.gray_prob, self.prob = gray_prob, prob

    def transform(self, results: dict) -> dict:
        """One look-up table per channel, then saturation and hue."""
        rng = worker_rng()
        if rng.random() >= self.prob:
            return results
        image = results["img"]
        tables = self._sample_tables(rng, float(image[::8, ::8].mean()) / 255)
        image = cv2.LUT(image, tables)
        gray = rng.random() < self.gray_prob
        image = mix_colors(
            image,
            0.0 if gray else rng.uniform(*self.saturation),
            rng.uniform(-self.hue, self.hue),
        )
        results["img"] = image
        return results

    def _sample_tables(self, rng: np.random.Generator, mean: float) -> np.ndarray:
        levels = np.linspace(0, 1, 256)
        gain = 1 + rng.uniform(-self.brightness, self.brightness)
        slope = 1 + rng.uniform(-self.contrast, self.contrast)
        exponent = np.exp(rng.uniform(*np.log(self.gamma)))
        curve = np.clip((levels - mean) * slope + mean, 0, 1) ** exponent * gain
        tints = 1 + rng.uniform(-self.tint, self.tint, 3)
        tables = np.clip(curve[:, None] * tints * 255, 0, 255)
        return tables.round().astype(np.uint8)[None]


def mix_colors(image: np.ndarray, saturation: float, hue: float) -> np.ndarray:
    """Scale the distance from grey and turn it by ``hue`` degrees; one matrix product.

    Args:
        image: (H, W, 3) uint8, BGR.

    Source: the luma-preserving hue matrix of SVG's feColorMatrix, with Rec. 601 weights.
    """
    luma = np.array([0.114, 0.587, 0.299])
    radians = np.deg2rad(hue)
    gray = np.tile(luma, (3, 1))
    chroma = np.eye(3) - gray
    across = np.array([[0.0, 1, -1], [-1, 0, 1], [1, -1, 0]]) / np.sqrt(3)
    turn = chroma @ (np.cos(radians) * np.eye(3) + np.sin(radians) * across)
    return cv2.transform(image, (gray + saturation * turn).astype(np.float32))
