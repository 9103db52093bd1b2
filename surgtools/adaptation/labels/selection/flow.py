"""Measure whether the pixels move the way the labels do, by optical flow forward and backward.

A keypoint of frame t-1 is followed into frame t (Lucas-Kanade) and back. Where the round trip
ends at its start the flow can be believed, and there it must meet the keypoint the teacher found
in frame t. Bare metal often gives no believable flow; such keypoints say nothing.

Shapes: K slots of the union layout (foreign slots are NaN).

Source: Kalal et al., Forward-Backward Error, 2010; OpenCV ``calcOpticalFlowPyrLK``.
"""

import cv2
import numpy as np

ROUND_TRIP = 0.01
"""A flow is believed when it returns to within this share of the instrument's size."""

MIN_FOLLOWED = 3
"""Fewer believable keypoints than this say nothing about an instance."""


def flow_disagreement(
    image_before: np.ndarray,
    image_now: np.ndarray,
    keypoints_before: np.ndarray,
    keypoints_now: np.ndarray,
    size: float,
) -> float:
    """Distance between where the pixels went and where the teacher went.

    Args:
        image_before: (H, W, 3) or (H, W) uint8.
        image_now: same size.
        keypoints_before: (K, 2) of one instance in the frame before, pixels.
        keypoints_now: (K, 2) of the same instance now.
        size: box diagonal, pixels.

    Returns:
        Mean distance over believable keypoints as a share of the size; NaN when fewer than
        ``MIN_FOLLOWED`` can be followed or the frames differ in size.
    """
    owned = ~np.isnan(keypoints_before).any(axis=1) & ~np.isnan(keypoints_now).any(axis=1)
    if owned.sum() < MIN_FOLLOWED or image_before.shape[:2] != image_now.shape[:2]:
        return float("nan")
    before, now = _gray(image_before), _gray(image_now)
    start = np.ascontiguousarray(keypoints_before[owned], dtype=np.float32)[:, None]
    window = int(np.clip(size / 8, 11, 41)) | 1
    options = {"winSize": (window, window), "maxLevel": 3}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, start, None, **options)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(now, before, there, None, **options)
    trip = np.linalg.norm(back - start, axis=-1)[:, 0]
    believable = (found[:, 0] == 1) & (found_back[:, 0] == 1) & (trip <= ROUND_TRIP * size)
    if believable.sum() < MIN_FOLLOWED:
        return float("nan")
    gap = np.linalg.norm(there[:, 0] - keypoints_now[owned], axis=-1)[believable]
    return float(gap.mean() / size)


def _gray(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
