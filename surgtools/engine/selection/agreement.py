"""Does the teacher say the same when the picture is flipped, turned or scaled?

A label that depends on how the camera was held is not a label. The views are also a better
teacher than the upright picture alone: ``fuse_views`` takes the median of what they say.

Shapes: N instances, V further views, K slots of the union layout (foreign slots are NaN).
Pixel centers are on integers, of the original picture unless a view is named.
"""

import warnings
from dataclasses import dataclass

import cv2
import numpy as np

from surgtools.metainfo import union_flip_indices


@dataclass(frozen=True)
class View:
    """One way to show a picture to the teacher.

    Attributes:
        flip: mirror left and right first.
        degrees: then turn counter-clockwise around the center; multiples of 90 lose no pixel,
            other angles enlarge the canvas so that nothing is cut off.
        scale: then resize.
    """

    flip: bool = False
    degrees: float = 0.0
    scale: float = 1.0

    def matrix(self, width: int, height: int) -> np.ndarray:
        """(2, 3) affine map from original pixels to view pixels."""
        center = np.array([(width - 1) / 2, (height - 1) / 2])
        angle = np.deg2rad(self.degrees)
        linear = self.scale * np.array(
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        )
        if self.flip:
            linear = linear @ np.diag([-1.0, 1.0])
        view_width, view_height = self.size(width, height)
        view_center = np.array([(view_width - 1) / 2, (view_height - 1) / 2])
        return np.column_stack([linear, view_center - linear @ center])

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the view of a picture."""
        angle = np.deg2rad(self.degrees)
        cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
        return (
            max(1, round(self.scale * (width * cos + height * sin))),
            max(1, round(self.scale * (width * sin + height * cos))),
        )

    def warp(self, image: np.ndarray) -> np.ndarray:
        """Show an (H, W, 3) picture this way; corners outside repeat the border."""
        height, width = image.shape[:2]
        return cv2.warpAffine(
            image,
            self.matrix(width, height),
            self.size(width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def to_picture(self, keypoints: np.ndarray, width: int, height: int) -> np.ndarray:
        """Keypoints found in the view, in pixels and sides of the original picture.

        Args:
            keypoints: (N, K, 2) union layout, view pixels.

        Returns:
            (N, K, 2); a mirrored view also trades the slots of left and right, a turned one
            does not: sides follow the instrument, not the frame.
        """
        affine = self.matrix(width, height)
        linear, offset = affine[:, :2], affine[:, 2]
        back = (np.asarray(keypoints, dtype=float) - offset) @ np.linalg.inv(linear).T
        return back[:, union_flip_indices()] if self.flip else back


VIEWS: tuple[View, ...] = (
    View(flip=True),
    View(degrees=90),
    View(degrees=200, scale=0.85),
)
"""What the teacher sees besides the upright picture."""


def keypoint_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean distance in pixels over the slots both own; infinite where they share none.

    Args:
        a: (..., K, 2).
        b: (..., K, 2), broadcast against ``a``.

    Returns:
        (...,) pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nanmean(np.linalg.norm(a - b, axis=-1), axis=-1)
    return np.where(np.isnan(mean), np.inf, mean)


def match_instances(a: np.ndarray, b: np.ndarray, sizes: np.ndarray, limit: float) -> np.ndarray:
    """For every instance of ``a`` the nearest of ``b``, each used once.

    Args:
        a: (N, K, 2) union keypoints; two categories share no slot and never match.
        b: (M, K, 2).
        sizes: (N,) pixels, the box diagonals of ``a``.
        limit: largest mean keypoint distance as a share of the size.

    Returns:
        (N,) index into ``b``, -1 for no partner.
    """
    partner = np.full(len(a), -1)
    if len(a) == 0 or len(b) == 0:
        return partner
    cost = keypoint_distance(a[:, None], b[None]) / np.asarray(sizes, dtype=float)[:, None]
    while np.isfinite(cost).any():
        i, j = np.unravel_index(np.argmin(cost), cost.shape)
        if cost[i, j] > limit:
            break
        partner[i] = j
        cost[i], cost[:, j] = np.inf, np.inf
    return partner


def view_disagreement(keypoints: np.ndarray, seen: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How far the views are from the upright picture, as a share of the instrument's size.

    Args:
        keypoints: (N, K, 2) found in the upright picture.
        seen: (V, N, K, 2) the same instances in the other views, mapped back; all NaN where a
            view did not find the instance.
        sizes: (N,) pixels, box diagonals.

    Returns:
        (N,) mean over views of the mean keypoint distance, each view at most 1; a view that
        did not find the instance counts 1. NaN without views.
    """
    if len(seen) == 0:
        return np.full(len(keypoints), np.nan)
    distance = keypoint_distance(np.asarray(keypoints)[None], np.asarray(seen))
    return np.minimum(distance / np.asarray(sizes, dtype=float)[None], 1.0).mean(axis=0)


def fuse_views(keypoints: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One label from all views, and how widely they spread.

    Args:
        keypoints: (N, K, 2) found in the upright picture.
        seen: (V, N, K, 2) as in ``view_disagreement``.

    Returns:
        (N, K, 2) median position, and (N, K) pixels: the mean distance of the views from it,
        0 when the upright picture is the only one.
    """
    stack = np.concatenate([np.asarray(keypoints)[None], np.asarray(seen)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        fused = np.nanmedian(stack, axis=0)
        spread = np.nanmean(np.linalg.norm(stack - fused[None], axis=-1), axis=0)
    return fused, spread
