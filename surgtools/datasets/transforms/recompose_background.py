"""Put a rendered layer over a background that no other sample has."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.datasets.transforms.backgrounds import sample_background
from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.images import read_image, require_pictures


@TRANSFORMS.register_module()
class RecomposeBackground(BaseTransform):
    """Composite four-channel pictures over a random background; leave the others alone.

    Place it after the warp, so that the background has the size of the network's input and fills
    what the warp moved in from outside.

    Args:
        folder: folder of photographs to crop backgrounds from, drawn ones otherwise.
        folder_prob: share of the backgrounds taken from ``folder``.
        black_prob: share of the pictures whose outside stays black, as in a crop that leaves the
            picture at test time.
        gain: range of a factor on the instruments' brightness against the background's.

    Raises:
        InputError: ``folder`` holds no picture.
    """

    def __init__(
        self,
        folder: str | None = None,
        folder_prob: float = 0.5,
        black_prob: float = 0.5,
        gain: tuple[float, float] = (0.7, 1.3),
    ) -> None:
        self.pictures = require_pictures(folder) if folder else []
        self.folder_prob, self.black_prob, self.gain = folder_prob, black_prob, tuple(gain)

    def transform(self, results: dict) -> dict:
        """Composite."""
        layer = results["img"]
        if layer.shape[2] != 4:
            return results
        rng = worker_rng()
        background = self._sample(*layer.shape[:2], rng)
        if rng.random() < self.black_prob:
            background[layer[..., 3] == 0] = 0
        results["img"] = compose(layer, background, rng.uniform(*self.gain))
        return results

    def _sample(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        if self.pictures and rng.random() < self.folder_prob:
            picture = read_image(self.pictures[rng.integers(len(self.pictures))])
            return random_crop(picture, height, width, rng)
        return sample_background(height, width, rng)


def compose(layer: np.ndarray, background: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """``layer`` over ``background``.

    Args:
        layer: (H, W, 4) uint8, BGR multiplied by alpha.
        background: (H, W, 3) uint8.
        gain: factor on the layer's brightness.
    """
    through = cv2.merge([255 - layer[..., 3]] * 3)
    below = cv2.multiply(background, through, scale=1 / 255)
    return cv2.addWeighted(layer[..., :3], gain, below, 1.0, 0)


def random_crop(
    picture: np.ndarray, height: int, width: int, rng: np.random.Generator
) -> np.ndarray:
    """A random part of ``picture``, resized to (height, width)."""
    share = rng.uniform(0.4, 1.0)
    part_height, part_width = (max(2, int(side * share)) for side in picture.shape[:2])
    y = rng.integers(picture.shape[0] - part_height + 1)
    x = rng.integers(picture.shape[1] - part_width + 1)
    return cv2.resize(picture[y : y + part_height, x : x + part_width], (width, height))
