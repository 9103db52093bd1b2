"""Erase every instrument from frames of the target: what a network still finds there is made up.

Nobody labels empty frames, and a clip may have none. Erasing is crude (the surroundings are
grown inwards), but both pairs of networks look at the same pictures, and only the difference
counts.

Boxes are ``xyxy`` in pixels.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from surgtools.adaptation.labels.proposals import BATCH, Proposals
from surgtools.evaluation.settings import SCORE_THR
from surgtools.prediction.predictor import Predictor

MARGIN = 0.1
"""Boxes are enlarged by this share of their diagonal before they are erased."""

MAX_ERASED = 0.6
"""A frame of which more would be erased has no background left to probe."""


def erase(image: np.ndarray, boxes: np.ndarray) -> np.ndarray | None:
    """Grow the surroundings over boxes.

    Args:
        image: (H, W, 3) uint8.
        boxes: (N, 4) xyxy.

    Returns:
        The picture without what the boxes held, or None when little else is left.
    """
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for box in np.asarray(boxes, dtype=float).reshape(-1, 4):
        margin = MARGIN * np.hypot(box[2] - box[0], box[3] - box[1])
        low = np.floor(box[:2] - margin).astype(int).clip(0)
        high = np.ceil(box[2:] + margin).astype(int).clip(-1)
        mask[low[1] : high[1] + 1, low[0] : high[0] + 1] = 1
    if mask.mean() > MAX_ERASED:
        return None
    if not mask.any():
        return image
    keep = (1 - mask).astype(np.float32)
    filled, weight = image.astype(np.float32) * keep[..., None], keep.copy()
    result, missing = image.astype(np.float32).copy(), mask.astype(bool)
    sigma = 3.0
    while missing.any():
        blurred = cv2.GaussianBlur(filled, (0, 0), sigma)
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        reached = missing & (share > 0.02)
        result[reached] = blurred[reached] / share[reached][:, None]
        missing &= ~reached
        sigma *= 2
    rng = np.random.default_rng(0)
    grain = np.median(np.abs(np.diff(image.astype(np.float32), axis=1)))
    noise = rng.normal(0, max(grain, 0.5), image.shape)
    result = np.where(mask[..., None].astype(bool), result + noise, image)
    return np.clip(result, 0, 255).astype(np.uint8)


def hits_on_background(
    read: Callable[[int], np.ndarray],
    indices: Sequence[int],
    proposals: Sequence[Proposals],
    proposer: Predictor,
) -> np.ndarray:
    """Erased frames in which a pair still reports an instrument.

    Args:
        read: position to picture.
        indices: positions of the frames.
        proposals: proposals of all pairs to compare; whatever any of them proposed is erased.
        proposer: the pair to probe.

    Returns:
        (P,) bool, one per frame that has background left, in order: the same frames for every
        pair that is probed with the same ``proposals``.
    """
    hits: list[bool] = []
    for start in range(0, len(indices), BATCH):
        images = []
        for index in indices[start : start + BATCH]:
            boxes = [p.boxes[p.frames == index] for p in proposals]
            picture = erase(read(index), np.concatenate(boxes))
            if picture is not None:
                images.append(picture)
        hits += [
            any(instance.bbox_score >= SCORE_THR for instance in instances)
            for instances in (proposer.find(images) if images else [])
        ]
    return np.array(hits, dtype=bool)
