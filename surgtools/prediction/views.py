"""Show one picture in several ways, and match what is found in each of them.

Shapes: N instances, K slots of the union layout (foreign slots are NaN). Pixel centers are on
integers, of the original picture unless a view is named.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from surgtools.prediction.results import Instance
from surgtools.taxonomy import SURGICAL

_TURNS = {
    1: cv2.ROTATE_90_COUNTERCLOCKWISE,
    2: cv2.ROTATE_180,
    3: cv2.ROTATE_90_CLOCKWISE,
}


@dataclass(frozen=True)
class View:
    """One way to show a picture to a network.

    Attributes:
        flip: mirror left and right first.
        degrees: then turn counter-clockwise around the center; multiples of 90 lose no pixel,
            other angles enlarge the canvas so that nothing is cut off.
        scale: then resize.
    """

    flip: bool = False
    degrees: float = 0.0
    scale: float = 1.0

    def __str__(self) -> str:
        words = ["mirrored"] * self.flip
        words += [f"turned by {self.degrees:g} degrees"] * bool(self.degrees)
        words += [f"scaled by {self.scale:g}"] * (self.scale != 1)
        return " and ".join(words) or "as it is"

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
        """Show an (H, W, 3) picture this way; corners outside repeat the border.

        Quarter turns move pixels and blend none; the picture as it is is no copy.
        """
        if self.degrees % 90 == 0 and self.scale == 1:
            turns = int(self.degrees // 90) % 4
            image = cv2.flip(image, 1) if self.flip else image
            return cv2.rotate(image, _TURNS[turns]) if turns else image
        height, width = image.shape[:2]
        return cv2.warpAffine(
            image,
            self.matrix(width, height),
            self.size(width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def to_picture(
        self,
        keypoints: np.ndarray,
        width: int,
        height: int,
        flip_indices: Sequence[int] = SURGICAL.union_flip_indices,
    ) -> np.ndarray:
        """Keypoints found in the view, in pixels and sides of the original picture.

        Args:
            keypoints: (N, K, 2) union layout, view pixels.
            flip_indices: (K,) slots that trade places in a mirror.

        Returns:
            (N, K, 2); a mirrored view also trades the slots of left and right, a turned one
            does not: sides follow the instrument, not the frame.
        """
        affine = self.matrix(width, height)
        linear, offset = affine[:, :2], affine[:, 2]
        back = (np.asarray(keypoints, dtype=float) - offset) @ np.linalg.inv(linear).T
        return back[:, flip_indices] if self.flip else back

    @property
    def keeps_boxes(self) -> bool:
        """Whether a tight box of the view is a tight box of the picture: in quarter turns only."""
        return self.degrees % 90 == 0

    def boxes_to_picture(self, boxes: np.ndarray, width: int, height: int) -> np.ndarray:
        """Boxes found in the view, in pixels of the original picture; see ``keeps_boxes``.

        Args:
            boxes: (N, 4) xyxy, view pixels.

        Returns:
            (N, 4) xyxy around the corners; NaN when the view keeps no box tight.
        """
        boxes = np.asarray(boxes, dtype=float).reshape(-1, 2, 2)
        if not self.keeps_boxes:
            return np.full((len(boxes), 4), np.nan)
        affine = self.matrix(width, height)
        corners = (boxes - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
        return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


UPRIGHT = View()
"""The picture as it is."""


def stack_keypoints(instances: Sequence[Instance]) -> np.ndarray:
    """(N, K, 2) union keypoints of instances of one taxonomy, NaN in foreign slots."""
    taxonomy = instances[0].taxonomy if instances else SURGICAL
    stacked = np.full((len(instances), taxonomy.num_slots, 2), np.nan)
    for row, instance in enumerate(instances):
        stacked[row, taxonomy.slots_of(instance.category_id)] = instance.keypoints
    return stacked


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


def match_instances(
    a: np.ndarray,
    b: np.ndarray,
    sizes: np.ndarray,
    limit: float,
    same_category: np.ndarray | None = None,
) -> np.ndarray:
    """For every instance of ``a`` the nearest of ``b``, each used once.

    Args:
        a: (N, K, 2) union keypoints; two that share no slot never match.
        b: (M, K, 2).
        sizes: (N,) pixels, the box diagonals of ``a``.
        limit: largest mean keypoint distance as a share of the size.
        same_category: (N, M) pairs that may match, where categories share slots.

    Returns:
        (N,) index into ``b``, -1 for no partner.
    """
    partner = np.full(len(a), -1)
    if len(a) == 0 or len(b) == 0:
        return partner
    cost = keypoint_distance(a[:, None], b[None]) / np.asarray(sizes, dtype=float)[:, None]
    if same_category is not None:
        cost = np.where(same_category, cost, np.inf)
    while np.isfinite(cost).any():
        i, j = np.unravel_index(np.argmin(cost), cost.shape)
        if cost[i, j] > limit:
            break
        partner[i] = j
        cost[i], cost[:, j] = np.inf, np.inf
    return partner
