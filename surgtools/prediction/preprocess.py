"""Turn pictures into network input: a letterbox for the detector, a crop for the pose model.

The same arithmetic as the host's test pipelines (``Resize`` + ``Pad``, ``GetBBoxCenterScale`` +
``TopdownAffine``), on numpy and OpenCV alone and shared by every backend. One thing is added:
a picture that has to shrink more than three times is first averaged down, because bilinear
sampling alone turns the thin shanks of a 4K picture into dots.

Shapes: (w, h) sizes as width, height; matrices (2, 3) map source to network pixels.
"""

import cv2
import numpy as np

_BILINEAR_REACH = 1.5  # shrinking by bilinear sampling alone aliases visibly beyond about this


def letterbox(
    image: np.ndarray,
    size: tuple[int, int],
    pad_value: int = 114,
    enlarge: bool = True,
    canvas_size: tuple[int, int] | None = None,
) -> np.ndarray:
    """Scale a picture into the top left corner of ``size``, keeping its proportions.

    Args:
        image: (H, W, 3).
        size: (w, h) of the network input.
        pad_value: grey of the rest.
        enlarge: whether a picture smaller than ``size`` is enlarged.
        canvas_size: (w, h) of the result, where it is not ``size``.

    Returns:
        (h, w, 3) network input.

    Source: mmcv.image.imrescale, mmdet.datasets.transforms Resize and Pad.
    """
    height, width = image.shape[:2]
    new = scaled_size((width, height), size, enlarge)
    factor = int(max(width / new[0], height / new[1]) / _BILINEAR_REACH)
    if factor > 1:
        image = _average(image, factor)
    columns, rows = canvas_size or size
    canvas = np.full((rows, columns, 3), pad_value, np.uint8)
    canvas[: new[1], : new[0]] = cv2.resize(image, new, interpolation=cv2.INTER_LINEAR)
    return canvas


def letterbox_scale(
    image_size: tuple[int, int], size: tuple[int, int], enlarge: bool = True
) -> np.ndarray:
    """(2,) factors in x and y from pixels of a (w, h) picture to network pixels."""
    new = scaled_size(image_size, size, enlarge)
    return np.array([new[0] / image_size[0], new[1] / image_size[1]], np.float32)


def scaled_size(
    image_size: tuple[int, int], size: tuple[int, int], enlarge: bool = True
) -> tuple[int, int]:
    """(w, h) that a (w, h) picture has within ``size``."""
    ratio = min(size[0] / image_size[0], size[1] / image_size[1])
    ratio = ratio if enlarge else min(1.0, ratio)
    return max(1, int(image_size[0] * ratio + 0.5)), max(1, int(image_size[1] * ratio + 0.5))


def crop_windows(bboxes: np.ndarray, size: tuple[int, int], padding: float) -> np.ndarray:
    """Center and extent of the windows that the pose model sees.

    Args:
        bboxes: (N, 4) ``xyxy`` in image pixels.
        size: (w, h) of the network input; windows get its proportions.
        padding: how much larger than the box a window is.

    Returns:
        (N, 4) float32 as center x, y and extent w, h in image pixels; empty in, empty out.

    Source: mmpose.datasets.transforms GetBBoxCenterScale, TopdownAffine.
    """
    bboxes = np.asarray(bboxes, np.float32).reshape(-1, 4)
    center = (bboxes[:, :2] + bboxes[:, 2:]) * 0.5
    width, height = ((bboxes[:, 2:] - bboxes[:, :2]) * padding).T
    aspect = size[0] / size[1]
    wide = width > height * aspect
    extent = np.stack(
        [np.where(wide, width, height * aspect), np.where(wide, width / aspect, height)], axis=1
    )
    return np.concatenate([center, np.maximum(extent, 1e-3)], axis=1).astype(np.float32)


def warp_matrix(window: np.ndarray, size: tuple[int, int], use_udp: bool = False) -> np.ndarray:
    """(2, 3) matrix that maps image pixels of one window to network pixels.

    Source: mmpose.structures.bbox get_warp_matrix and get_udp_warp_matrix without rotation.
    """
    (cx, cy), extent = window[:2], window[2:]
    if use_udp:
        x, y = (size[0] - 1) / extent[0], (size[1] - 1) / extent[1]
        shift_x, shift_y = x * (0.5 * extent[0] - cx), y * (0.5 * extent[1] - cy)
    else:
        x = y = size[0] / extent[0]
        shift_x, shift_y = 0.5 * size[0] - x * cx, 0.5 * size[1] - y * cy
    return np.array([[x, 0, shift_x], [0, y, shift_y]], np.float64)


def crop(
    image: np.ndarray,
    window: np.ndarray,
    size: tuple[int, int],
    use_udp: bool = False,
    average: bool = True,
) -> np.ndarray:
    """(h, w, 3) view of one window; black outside the picture.

    Args:
        average: whether one that has to shrink much is averaged down first.
    """
    matrix = warp_matrix(window, size, use_udp)
    factor = int(1 / max(matrix[0, 0], matrix[1, 1]) / _BILINEAR_REACH)
    if average and factor > 1:
        image, matrix = _shrink_window(image, window, matrix, factor)
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)


def keypoints_to_image(
    keypoints: np.ndarray, windows: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Map (N, K, 2) keypoints from network pixels back to image pixels, as the host does."""
    center, extent = windows[:, None, :2], windows[:, None, 2:]
    return keypoints / np.array(size, np.float32) * extent + center - 0.5 * extent


def normalize(
    batch: np.ndarray, mean: np.ndarray, std: np.ndarray, bgr_to_rgb: bool
) -> np.ndarray:
    """(B, H, W, 3) BGR uint8 to (B, 3, H, W) float32, channels in the network's order."""
    if bgr_to_rgb:
        batch = batch[..., ::-1]
    mean, std = (np.asarray(v, np.float32).reshape(3, 1, 1) for v in (mean, std))
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2)).astype(np.float32)
    planes -= mean
    planes /= std
    return planes


def _average(image: np.ndarray, factor: int) -> np.ndarray:
    height, width = image.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _shrink_window(
    image: np.ndarray, window: np.ndarray, matrix: np.ndarray, factor: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average the part of the picture under a window down by a whole factor; mend the matrix."""
    height, width = image.shape[:2]
    low = np.floor(window[:2] - window[2:] / 2).astype(int) - factor
    high = np.ceil(window[:2] + window[2:] / 2).astype(int) + factor
    x1, y1 = np.clip(low, 0, [max(0, width - factor), max(0, height - factor)])
    columns = max(1, (min(high[0], width) - x1) // factor)
    rows = max(1, (min(high[1], height) - y1) // factor)
    part = image[y1 : y1 + rows * factor, x1 : x1 + columns * factor]
    small = cv2.resize(part, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    # Pixel r of the small picture is centered on x1 + factor * r + (factor - 1) / 2.
    offset = np.array([x1, y1]) + (factor - 1) / 2
    mended = matrix.copy()
    mended[:, :2] *= factor
    mended[:, 2] += matrix[:, :2] @ offset
    return small, mended
