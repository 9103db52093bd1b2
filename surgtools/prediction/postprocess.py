"""From raw network output to boxes, on numpy and OpenCV alone and shared by every backend.

Shapes: P candidate boxes of a picture, C categories, N boxes.
"""

import numpy as np

from surgtools.boxes import nms_xyxy


def select_boxes(
    boxes: np.ndarray, scores: np.ndarray, *limits
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``select_candidates`` without the rows."""
    return select_candidates(boxes, scores, *limits)[:3]


def select_candidates(
    boxes: np.ndarray,
    scores: np.ndarray,
    scale: np.ndarray,
    image_size: tuple[int, int],
    score_thr: float,
    nms_thr: float,
    max_boxes: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Boxes of one picture from the candidates of the detector.

    Args:
        boxes: (P, 4) ``xyxy`` in network pixels.
        scores: (P, C).
        scale: (2,) of ``letterbox``.
        image_size: (w, h) that boxes are clipped to.

    Returns:
        (N, 4) ``xyxy`` in image pixels, (N,) scores, (N,) labels, and (N,) rows of the
        candidates; best first, N may be 0.
    """
    candidate, labels = np.nonzero(scores > score_thr)
    scores = scores[candidate, labels]
    boxes = (boxes[candidate] + 0.5) / np.tile(scale, 2) - 0.5  # pixel centers are on integers
    width, height = image_size
    boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
    alive = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    boxes, scores, labels, candidate = (v[alive] for v in (boxes, scores, labels, candidate))
    keep = nms_xyxy(boxes, scores, labels, nms_thr)[:max_boxes]
    return boxes[keep], scores[keep], labels[keep], candidate[keep]


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits, np.float32)))
