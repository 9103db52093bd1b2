"""Read a picture, or its RGBA layer, and refuse files that are cut off."""

from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.errors import InputError
from surgtools.images import read_image, read_stored


@TRANSFORMS.register_module()
class LoadInstrumentImage(BaseTransform):
    """Load ``img_path``, or with some probability ``layer_path``.

    Args:
        layer_prob: share of the samples with a layer for which the layer is loaded. ``img`` then
            has four channels, blue, green and red multiplied by alpha, so that interpolation
            draws no dark edge; ``RecomposeBackground`` must follow.

    Added keys: ``img`` (H, W, 3 or 4) uint8, ``img_shape``, ``ori_shape``.

    Raises:
        InputError: the file is missing, cut off, no picture, or not of the size that the JSON
            says.
    """

    def __init__(self, layer_prob: float = 0.0) -> None:
        self.layer_prob = layer_prob

    def transform(self, results: dict) -> dict:
        """Read the pixels."""
        layer = results.get("layer_path")
        if layer and self.layer_prob and worker_rng().random() < self.layer_prob:
            image = read_premultiplied_layer(layer)
        else:
            image = read_image(results["img_path"])
        _require_size(image, results)
        results["img"] = image
        results["img_shape"] = results["ori_shape"] = image.shape[:2]
        return results


def read_premultiplied_layer(path: str | Path) -> np.ndarray:
    """BGRA pixels (H, W, 4) uint8, colors multiplied by alpha; alpha is at least 1.

    Alpha 0 then means outside the picture, which warping relies on.
    """
    layer = read_stored(path)
    if layer.ndim != 3 or layer.shape[2] != 4 or layer.dtype != np.uint8:
        raise InputError(f"{path}: a layer is an 8-bit RGBA PNG; generate it again")
    alpha = layer[..., 3]
    for channel in range(3):
        layer[..., channel] = cv2.multiply(layer[..., channel], alpha, scale=1 / 255)
    np.maximum(alpha, 1, out=alpha)
    return layer


def _require_size(image: np.ndarray, results: dict) -> None:
    if "height" not in results:
        return
    height, width = image.shape[:2]
    if (height, width) != (results["height"], results["width"]):
        raise InputError(
            f"{results['img_path']}: {width}x{height} pixels, the annotations say "
            f"{results['width']}x{results['height']}; the labels belong to another version of it"
        )
