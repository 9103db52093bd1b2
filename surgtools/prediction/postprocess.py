"""From raw network output to boxes, on numpy alone and shared by every backend.

Shapes: P candidate boxes of a picture, C categories, N boxes.
"""

import numpy as np


def class_nms(
    boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, iou_thr: float
) -> np.ndarray:
    """Greedy non-maximum suppression within each category.

    Args:
        boxes: (N, 4) ``xyxy``.
        scores: (N,).
        labels: (N,); boxes of different labels never suppress each other.
        iou_thr: boxes that overlap a better one by more are dropped.

    Returns:
        Kept indices, best score first; empty in, empty out.
    """
    order = np.argsort(-scores, kind="stable")
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    keep: list[int] = []
    while len(order):
        best, order = order[0], order[1:]
        keep.append(int(best))
        overlap = _iou_with(boxes[best], boxes[order], area[best], area[order])
        order = order[(overlap <= iou_thr) | (labels[order] != labels[best])]
    return np.array(keep, dtype=int)


def one_per_place(boxes: np.ndarray, scores: np.ndarray, iou_thr: float) -> np.ndarray:
    """Drop a box where a better one of any category lies at nearly the same place.

    Real instruments that cross overlap far less than two answers for one instrument do.

    Returns:
        Kept indices, best score first; empty in, empty out.
    """
    return class_nms(boxes, scores, np.zeros(len(boxes), int), iou_thr)


def _iou_with(box: np.ndarray, others: np.ndarray, area: float, areas: np.ndarray) -> np.ndarray:
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    return shared / np.maximum(area + areas - shared, 1e-9)


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) intersection over union of (N, 4) and (M, 4) ``xyxy`` boxes."""
    a, b = np.reshape(a, (-1, 4)), np.reshape(b, (-1, 4))
    area_a = np.prod(np.maximum(a[:, 2:] - a[:, :2], 0), axis=1)
    area_b = np.prod(np.maximum(b[:, 2:] - b[:, :2], 0), axis=1)
    rows = [_iou_with(box, b, area, area_b) for box, area in zip(a, area_a, strict=True)]
    return np.array(rows).reshape(len(a), len(b))


def select_boxes(
    boxes: np.ndarray,
    scores: np.ndarray,
    scale: np.ndarray,
    image_size: tuple[int, int],
    score_thr: float,
    nms_thr: float,
    max_boxes: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes of one picture from the candidates of the detector.

    Args:
        boxes: (P, 4) ``xyxy`` in network pixels.
        scores: (P, C).
        scale: (2,) of ``letterbox``.
        image_size: (w, h) that boxes are clipped to.

    Returns:
        (N, 4) ``xyxy`` in image pixels, (N,) scores, (N,) labels; best first, N may be 0.
    """
    candidate, labels = np.nonzero(scores > score_thr)
    scores = scores[candidate, labels]
    boxes = (boxes[candidate] + 0.5) / np.tile(scale, 2) - 0.5  # pixel centers are on integers
    width, height = image_size
    boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
    alive = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    boxes, scores, labels = boxes[alive], scores[alive], labels[alive]
    keep = class_nms(boxes, scores, labels, nms_thr)[:max_boxes]
    return boxes[keep], scores[keep], labels[keep]


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits, np.float32)))
