"""Tell which instances of several views are one instrument: by category and epipolar distance.

Two views of one point must meet in space. How far they miss is measured in pixels, after the best
point was found. Cameras on two sides of an instrument name its sides differently, so each pair of
left and right keypoints may trade places.

Shapes: k keypoints of one category, own order; C cameras.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surgtools.spatial.rig import RigCamera
from surgtools.spatial.triangulation import reprojection_errors, triangulate_linear
from surgtools.taxonomy import Category

MAX_SHARE = 0.06
"""Views that miss by more than this share of the instrument's size show two instruments."""

_FEWEST = 2
_NEAR_SHARE = 0.015
"""Views that miss by less than this share of the size agree on the sides."""


@dataclass(frozen=True)
class Seen:
    """One instance in one view.

    Attributes:
        pixels: (k, 2).
        weights: (k,) how sure each keypoint is.
        noise: (k,) by how many pixels each is expected to be off.
    """

    category: Category
    pixels: np.ndarray
    weights: np.ndarray
    noise: np.ndarray

    @property
    def size(self) -> float:
        """Diagonal of what the keypoints span, pixels."""
        return float(np.hypot(*np.ptp(self.pixels, axis=0)))

    def swapped(self, order: np.ndarray) -> "Seen":
        return Seen(self.category, self.pixels[order], self.weights[order], self.noise[order])


Group = dict[int, Seen]
"""Number of the camera to what it sees of one instrument; sides agree."""


def match_views(
    cameras: Sequence[RigCamera], views: Sequence[Sequence[Seen]], max_share: float = MAX_SHARE
) -> list[Group]:
    """Groups of two views or more that show one instrument.

    Args:
        views: for each camera what it sees at one moment.
        max_share: see ``MAX_SHARE``.
    """
    from scipy.optimize import linear_sum_assignment

    groups: list[Group] = []
    for number, view in sorted(enumerate(views), key=lambda pair: -len(pair[1])):
        if not view:
            continue
        joined: set[int] = set()
        if groups:
            fits = [[_join(cameras, group, number, seen) for group in groups] for seen in view]
            costs = np.array([[cost for cost, _ in row] for row in fits])
            for row, column in zip(*linear_sum_assignment(np.minimum(costs, 1e6)), strict=True):
                if costs[row, column] <= max_share:
                    groups[column][number] = fits[row][column][1]
                    joined.add(int(row))
        groups += [{number: seen} for row, seen in enumerate(view) if row not in joined]
    return [group for group in groups if len(group) >= _FEWEST]


def miss(cameras: Sequence[RigCamera], group: Mapping[int, Seen]) -> np.ndarray:
    """(k,) root mean square pixels by which the views of each keypoint miss each other."""
    own = [cameras[i] for i in group]
    pixels = np.array([seen.pixels for seen in group.values()])
    errors = reprojection_errors(own, pixels, triangulate_linear(own, pixels))
    errors = np.where(np.isfinite(errors), errors, 1e6)  # behind a camera
    return np.sqrt((errors**2).mean(axis=0))


def miss_share(cameras: Sequence[RigCamera], group: Group) -> float:
    """By which share of the instrument's size the views of a group miss each other."""
    return _share(group, miss(cameras, group))


def _join(
    cameras: Sequence[RigCamera], group: Group, number: int, seen: Seen
) -> tuple[float, Seen]:
    """By which share of its size the instance misses a group, with sides as the group has them."""
    category = next(iter(group.values())).category
    if category.id != seen.category.id:
        return np.inf, seen
    same = np.arange(category.num_keypoints)
    flipped = np.array(category.flip_indices)
    straight = miss(cameras, {**group, number: seen})
    if category.image_sides and (flipped != same).any():
        turned = miss(cameras, {**group, number: seen.swapped(flipped)})
        order = same.copy()
        for pair in {tuple(sorted((int(a), int(b)))) for a, b in zip(same, flipped, strict=True)}:
            ids = list(pair)
            # Where a pair lies along the epipolar line, both ways meet: names are then believed.
            far = np.sqrt((straight[ids] ** 2).mean()) > _NEAR_SHARE * seen.size
            if far and (turned[ids] ** 2).sum() < 0.25 * (straight[ids] ** 2).sum():
                order[ids] = flipped[ids]
                straight[ids] = turned[ids]
        seen = seen.swapped(order)
    return _share({**group, number: seen}, straight), seen


def _share(group: Group, missed: np.ndarray) -> float:
    """By which share of the instrument's size its views miss; keypoints count by their weights."""
    size = float(np.mean([seen.size for seen in group.values()]))
    certain = np.min([seen.weights for seen in group.values()], axis=0)
    certain = certain if certain.sum() > 0 else np.ones_like(certain)
    miss_px = float(np.sqrt((certain * np.minimum(missed, size) ** 2).sum() / certain.sum()))
    return miss_px / max(size, 1e-6)
