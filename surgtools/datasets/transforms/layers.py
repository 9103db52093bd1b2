"""Layers, pictures with transparency: cut out, fade and lay them over a frame.

Shapes: layers (H, W, 4) uint8, BGR multiplied by alpha; frames (h, w, 3).
"""

import cv2
import numpy as np

from surgtools.annotations.masks import decode_mask
from surgtools.images import read_image

SOLID = 128
"""Alpha from which a layer hides what lies below."""

_AROUND = 5
"""Pixels that a mask is widened by: the edge of an instrument is half transparent."""

_FADE = 10
"""Pixels over which a layer fades out where its picture ended."""


def read_opaque(path: str) -> np.ndarray:
    """A picture as a layer (H, W, 4) that hides everything."""
    picture = read_image(path)
    return cv2.merge([*cv2.split(picture), np.full(picture.shape[:2], 255, np.uint8)])


def cut_out(layer: np.ndarray, part: dict) -> bool:
    """Make the instruments of a layer transparent, in place.

    Args:
        layer: (H, W, 4) uint8, as ``read_layer`` gives it.
        part: its sample; instances have a ``mask``.

    Returns:
        Whether all of them could be: only then nothing is left to label.
    """
    masks = [instance.get("mask") for instance in part["instances"]]
    if not masks or any(mask is None for mask in masks):
        return False
    shown = np.max([decode_mask({"segmentation": mask}) for mask in masks], axis=0)
    around = cv2.dilate(shown, np.ones((_AROUND, _AROUND), np.uint8))
    layer[around > 0] = 0
    return True


def fade_border(layer: np.ndarray) -> None:
    """Let a layer, colors multiplied by alpha, end softly where its picture ended; in place."""
    for side in (layer, layer[::-1], layer.transpose(1, 0, 2), layer[:, ::-1].transpose(1, 0, 2)):
        for row in range(min(_FADE, len(side))):
            if side[row, :, 3].max() > SOLID:
                side[row] = cv2.multiply(side[row], (row + 0.5) / _FADE)


def lay(frame: np.ndarray, layer: np.ndarray, matrix: np.ndarray, gain: float) -> np.ndarray:
    """Lay a warped layer over ``frame`` (h, w, 3) in place.

    Args:
        layer: (H, W, 4) uint8, BGR multiplied by alpha.
        matrix: (3, 3), affine, from layer to frame.
        gain: factor on its brightness.

    Returns:
        (h, w) uint8: its alpha in the frame.
    """
    height, width = frame.shape[:2]
    cover = np.zeros((height, width), np.uint8)
    shrink = 1 / max(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))), 1e-6)
    if shrink > 1.4:  # bilinear sampling alone turns thin shanks into dots
        rows, columns = (max(1, round(side / shrink)) for side in layer.shape[:2])
        factor = np.array([layer.shape[1] / columns, layer.shape[0] / rows])
        layer = cv2.resize(layer, (columns, rows), interpolation=cv2.INTER_AREA)
        smaller = np.diag([*factor, 1.0])
        smaller[:2, 2] = (factor - 1) / 2
        matrix = matrix @ smaller
    corners = np.array([[0, 0], [layer.shape[1], 0], layer.shape[1::-1], [0, layer.shape[0]]])
    reached = corners @ matrix[:2, :2].T + matrix[:2, 2]
    low = np.clip(np.floor(reached.min(axis=0)) - 1, 0, (width, height)).astype(int)
    high = np.clip(np.ceil(reached.max(axis=0)) + 2, 0, (width, height)).astype(int)
    if (high <= low).any():
        return cover
    own = matrix[:2].copy()
    own[:, 2] -= low
    warped = cv2.warpAffine(layer, own, tuple((high - low).tolist()), flags=cv2.INTER_LINEAR)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    through = cv2.merge([255 - warped[..., 3]] * 3)
    below = cv2.multiply(np.ascontiguousarray(frame[window]), through, scale=1 / 255)
    frame[window] = cv2.addWeighted(warped[..., :3], gain, below, 1.0, 0)
    cover[window] = warped[..., 3]
    return cover
