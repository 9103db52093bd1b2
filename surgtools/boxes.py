"""Boxes in the two formats, the way between them, and how far they overlap.

Every name says its format: ``xyxy`` is two corners, ``xywh`` a corner and the size, as COCO files
have it. A box in the wrong format is a box all the same, so that no error would tell.

Plain numpy and OpenCV, for prediction on ONNX runs without pycocotools. The tests hold the results
against ``pycocotools.mask.iou`` and ``torchvision.ops.nms``.

Shapes: N and M boxes. Pixels.
"""

from collections.abc import Sequence

import cv2
import numpy as np

Boxes = np.ndarray | Sequence[Sequence[float]]


def xywh_to_xyxy(boxes: Boxes) -> np.ndarray:
    """(..., 4) x, y, width, height to (..., 4) corners; floats keep their type."""
    boxes = _floats(boxes)
    return np.concatenate([boxes[..., :2], boxes[..., :2] + boxes[..., 2:]], axis=-1)


def xyxy_to_xywh(boxes: Boxes) -> np.ndarray:
    """(..., 4) corners to (..., 4) x, y, width, height; floats keep their type."""
    boxes = _floats(boxes)
    return np.concatenate([boxes[..., :2], boxes[..., 2:] - boxes[..., :2]], axis=-1)


def box_iou_xyxy(boxes: Boxes, others: Boxes) -> np.ndarray:
    """(N, M) intersection over union of (N, 4) and (M, 4) corners; 0 for boxes without area."""
    boxes, others = _rows(boxes), _rows(others)
    shared = shared_area_xyxy(boxes, others)
    areas = (np.prod(np.maximum(x[:, 2:] - x[:, :2], 0), axis=1) for x in (boxes, others))
    first, second = areas
    union = first[:, None] + second[None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)


def box_iou_xywh(boxes: Boxes, others: Boxes) -> np.ndarray:
    """(N, M) intersection over union of (N, 4) and (M, 4) boxes with their sizes."""
    return box_iou_xyxy(xywh_to_xyxy(_rows(boxes)), xywh_to_xyxy(_rows(others)))


def shared_area_xyxy(boxes: Boxes, others: Boxes) -> np.ndarray:
    """(N, M) area that each of (N, 4) boxes has in common with each of (M, 4)."""
    boxes, others = _rows(boxes), _rows(others)
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.prod(np.maximum(high - low, 0), axis=2)


def nms_xyxy(
    boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, iou_thr: float
) -> np.ndarray:
    """Greedy non-maximum suppression within each category.

    Args:
        boxes: (N, 4).
        scores: (N,).
        labels: (N,); boxes of different labels never suppress each other.
        iou_thr: boxes that overlap a better one by more are dropped.

    Returns:
        Kept positions, best score first; empty in, empty out.
    """
    if not len(boxes):
        return np.zeros(0, dtype=int)
    sizes = xyxy_to_xywh(_rows(boxes))
    # OpenCV moves categories apart by the largest coordinate, which asks for none below 0.
    sizes[:, :2] -= sizes[:, :2].min()
    sizes[:, 2:] = np.maximum(sizes[:, 2:], 0)
    scores = np.asarray(scores, dtype=float)
    keep = cv2.dnn.NMSBoxesBatched(
        sizes.tolist(), scores.tolist(), np.asarray(labels).tolist(), scores.min() - 1, iou_thr
    )
    return np.asarray(keep, dtype=int).reshape(-1)


def _floats(boxes: Boxes) -> np.ndarray:
    boxes = np.asarray(boxes)
    return boxes if boxes.dtype.kind == "f" else boxes.astype(float)


def _rows(boxes: Boxes) -> np.ndarray:
    return np.asarray(boxes, dtype=float).reshape(-1, 4)
