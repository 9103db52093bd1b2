"""Read a picture, or its RGBA layer, and refuse files that are cut off."""

from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.errors import InputError

_JPEG_START, _JPEG_END, _PNG_END = b"\xff\xd8", b"\xff\xd9", b"IEND\xaeB`\x82"
_TAIL = 4096  # cameras append a few bytes after the end marker


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
            image = read_layer(layer)
        else:
            image = read_image(results["img_path"])
        _require_size(image, results)
        results["img"] = image
        results["img_shape"] = results["ori_shape"] = image.shape[:2]
        return results


def read_image(path: str | Path) -> np.ndarray:
    """BGR pixels (H, W, 3) uint8, turned as EXIF says."""
    return _decode(path, cv2.IMREAD_COLOR)


def read_layer(path: str | Path) -> np.ndarray:
    """BGRA pixels (H, W, 4) uint8, colors multiplied by alpha; alpha is at least 1.

    Alpha 0 then means outside the picture, which warping relies on.
    """
    layer = _decode(path, cv2.IMREAD_UNCHANGED)
    if layer.ndim != 3 or layer.shape[2] != 4 or layer.dtype != np.uint8:
        raise InputError(f"{path}: a layer is an 8-bit RGBA PNG; generate it again")
    alpha = layer[..., 3]
    for channel in range(3):
        layer[..., channel] = cv2.multiply(layer[..., channel], alpha, scale=1 / 255)
    np.maximum(alpha, 1, out=alpha)
    return layer


def _decode(path: str | Path, flags: int) -> np.ndarray:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: the picture cannot be read ({error.strerror}); check the data folder"
        ) from error
    # OpenCV decodes what is left of a cut-off JPEG and fills the rest with grey
    if data[:2] == _JPEG_START and _JPEG_END not in data[-_TAIL:]:
        raise InputError(f"{path}: the picture is cut off; copy or render it again")
    if data[1:4] == b"PNG" and _PNG_END not in data[-_TAIL:]:
        raise InputError(f"{path}: the picture is cut off; copy or render it again")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    if image is None:
        raise InputError(f"{path}: not a picture OpenCV can read; convert it to JPEG or PNG")
    return image


def _require_size(image: np.ndarray, results: dict) -> None:
    if "height" not in results:
        return
    height, width = image.shape[:2]
    if (height, width) != (results["height"], results["width"]):
        raise InputError(
            f"{results['img_path']}: {width}x{height} pixels, the annotations say "
            f"{results['width']}x{results['height']}; the labels belong to another version of it"
        )
