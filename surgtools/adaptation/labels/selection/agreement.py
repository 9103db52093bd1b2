"""Measure whether the teacher says the same when the picture is flipped, turned or scaled.

A label that depends on how the camera was held is not a label. The views are also a better
teacher than the upright picture alone: ``fuse_views`` takes the median of what they say.

Shapes: N instances, V further views, K slots of the union layout (foreign slots are NaN).
Pixel centers are on integers, of the original picture unless a view is named.
"""

import warnings

import numpy as np

from surgtools.prediction.views import View, keypoint_distance

VIEWS: tuple[View, ...] = (
    View(flip=True),
    View(degrees=90),
    View(degrees=200, scale=0.85),
)
"""What the teacher sees besides the upright picture."""


def view_disagreement(
    keypoints: np.ndarray,
    view_keypoints: np.ndarray,
    sizes: np.ndarray,
    asked: np.ndarray | None = None,
) -> np.ndarray:
    """How far the views are from the upright picture, as a share of the instrument's size.

    Args:
        keypoints: (N, K, 2) found in the upright picture.
        view_keypoints: (V, N, K, 2) the same instances in the other views, mapped back; all NaN
            where a view did not find the instance.
        sizes: (N,) pixels, box diagonals.
        asked: (V, N) the views that can show an instance; of a category that is a box only, one
            that keeps no boxes cannot. None stands for all.

    Returns:
        (N,) mean over views of the mean keypoint distance, each view at most 1; a view that
        did not find the instance counts 1. NaN without views that could.
    """
    if len(view_keypoints) == 0:
        return np.full(len(keypoints), np.nan)
    distance = keypoint_distance(np.asarray(keypoints)[None], np.asarray(view_keypoints))
    share = np.minimum(distance / np.asarray(sizes, dtype=float)[None], 1.0)
    weights = np.ones_like(share) if asked is None else np.asarray(asked, dtype=float)
    with np.errstate(invalid="ignore"):
        return (share * weights).sum(axis=0) / weights.sum(axis=0)


def fuse_views(keypoints: np.ndarray, view_keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One label from all views, and how widely they spread.

    Args:
        keypoints: (N, K, 2) found in the upright picture.
        view_keypoints: (V, N, K, 2) as in ``view_disagreement``.

    Returns:
        (N, K, 2) median position, and (N, K) pixels: the mean distance of the views from it,
        0 when the upright picture is the only one.
    """
    stack = np.concatenate([np.asarray(keypoints)[None], np.asarray(view_keypoints)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        fused = np.nanmedian(stack, axis=0)
        spread = np.nanmean(np.linalg.norm(stack - fused[None], axis=-1), axis=0)
    return fused, spread
