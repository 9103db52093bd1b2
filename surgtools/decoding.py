"""Turn the responses of a pose network into keypoints, with numpy alone.

The codecs of training and the inference path without torch both read responses with these.

Shapes: N instances, K keypoints, Wx and Wy bins of the two SimCC axes, h and w cells of a heatmap.
"""

import cv2
import numpy as np

_FARTHEST = 2
"""Cells of a step to a heatmap's peak. In noise the parabola may be nearly flat; a longer step has
left the peak it started from."""


def decode_simcc(
    simcc_x: np.ndarray,
    simcc_y: np.ndarray,
    sigma: tuple[float, float],
    split_ratio: float,
    logit_scale: float,
    as_host: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints and scores of SimCC outputs.

    The position is the mean of the distribution within two sigma of its peak. The score is the
    geometric mean over the axes of peak height relative to a perfect answer's, so 1 means as sharp
    as the label.

    Args:
        simcc_x: (N, K, Wx) logits; ``simcc_y`` (N, K, Wy).
        sigma: of the label's Gaussian in x and y, in bins.
        split_ratio: bins per network pixel.
        logit_scale: softmax temperature that the network was trained with.
        as_host: take the highest bin, as MMPose does, for the position.

    Returns:
        (N, K, 2) network pixels and (N, K) scores in [0, 1]; empty in, empty out.
    """
    x, score_x = _decode_axis(simcc_x, sigma[0], logit_scale)
    y, score_y = _decode_axis(simcc_y, sigma[1], logit_scale)
    if as_host:
        x, y = simcc_x.argmax(axis=-1), simcc_y.argmax(axis=-1)
    return np.stack([x, y], axis=-1) / split_ratio, np.sqrt(score_x * score_y)


def decode_udp_heatmaps(
    heatmaps: np.ndarray,
    input_size: tuple[int, int],
    blur_kernel: int = 11,
    as_host: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints and scores of heatmaps that were trained with UDP.

    One Newton step on the logarithm of the blurred heatmap leads from the highest cell to the peak
    between the cells; the score is the height of that cell.

    Args:
        heatmaps: (N, K, h, w).
        input_size: (w, h) of the network input in pixels.
        blur_kernel: cells, odd; 11 belongs to a label of sigma 2.
        as_host: take that step however far it leads, as MMPose does.

    Returns:
        (N, K, 2) network pixels and (N, K) scores in [0, 1]; empty in, empty out.

    Source: Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation",
        2020; Huang et al., "The Devil is in the Details: Delving into Unbiased Data Processing for
        Human Pose Estimation", 2020.
    """
    num, slots, height, width = heatmaps.shape
    flat = heatmaps.reshape(num * slots, height, width)
    peaks = flat.reshape(len(flat), height * width).argmax(axis=1)
    y, x = np.unravel_index(peaks, (height, width))
    cells = np.column_stack([x, y]).astype(float)
    scores = flat[np.arange(len(flat)), y, x]
    for row, heatmap in enumerate(flat):
        step = _newton_step(heatmap, x[row], y[row], blur_kernel)
        cells[row] += step if as_host else np.clip(step, -_FARTHEST, _FARTHEST)
    keypoints = cells / [width - 1, height - 1] * input_size
    return keypoints.reshape(num, slots, 2), np.clip(scores, 0, 1).reshape(num, slots)


def _newton_step(heatmap: np.ndarray, x: int, y: int, blur_kernel: int) -> np.ndarray:
    """(2,) from a cell to the peak of the parabola through the logarithms around it."""
    blurred = cv2.GaussianBlur(
        heatmap.astype(np.float32), (blur_kernel, blur_kernel), 0, borderType=cv2.BORDER_CONSTANT
    )
    blurred *= heatmap.max() / max(blurred.max(), 1e-12)
    logs = np.log(np.clip(np.pad(blurred, 1, mode="edge")[y : y + 3, x : x + 3], 1e-3, 50.0))
    here, left, right, up, down = logs[1, 1], logs[1, 0], logs[1, 2], logs[0, 1], logs[2, 1]
    slope = np.array([right - left, down - up]) / 2
    mixed = (logs[2, 2] - right - down + 2 * here - left - up + logs[0, 0]) / 2
    curvature = np.array([[right - 2 * here + left, mixed], [mixed, down - 2 * here + up]])
    return np.linalg.solve(curvature + np.finfo(np.float32).eps * np.eye(2), -slope)


def _decode_axis(
    logits: np.ndarray, sigma: float, logit_scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Position in bins and score, both (N, K)."""
    bins = np.arange(logits.shape[-1])
    likely = _softmax(logit_scale * logits)
    peak = likely.argmax(axis=-1)
    near = likely * (np.abs(bins - peak[..., None]) <= 2 * sigma)
    position = (near * bins).sum(axis=-1) / near.sum(axis=-1)
    label = np.exp(-((bins - len(bins) // 2) ** 2) / (2 * sigma**2))
    perfect = _softmax(logit_scale * label).max()
    return position, np.clip(likely.max(axis=-1) / perfect, 0, 1)


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def join_scores(box_scores: np.ndarray | float, presence: np.ndarray | float) -> np.ndarray:
    """Score of boxes that two networks have looked at: the geometric mean.

    Both must believe in a box, and the mean stays on the scale of its parts, so that one
    threshold serves with and without presence.

    Args:
        box_scores: the detector's, in [0, 1], any shape.
        presence: probability that the box holds an instrument of its category, same shape.
    """
    return np.sqrt(np.asarray(box_scores) * np.asarray(presence))
