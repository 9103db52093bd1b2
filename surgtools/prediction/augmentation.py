"""Test-time augmentation: the answers to several views of a picture, fused.

A network's errors depend on how an instrument happens to lie, so views differ where they are
wrong, and what only one of them takes for an instrument loses most of its score.

Shapes: V views, N instances, k keypoints of a category.
"""

from collections.abc import Sequence

import numpy as np

from surgtools.lifting import from_root
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import drop_parts
from surgtools.prediction.views import UPRIGHT, View, match_instances, stack_keypoints

ONE_VIEW: tuple[View, ...] = (UPRIGHT,)

FOUR_VIEWS = (UPRIGHT, View(flip=True), View(degrees=90), View(flip=True, degrees=180))
"""Quarter turns lose no pixel and keep boxes tight."""

SAME_INSTANCE = 0.3
"""Instances of two views farther apart than this share of the box diagonal are two."""


def to_picture(
    instances: Sequence[Instance], view: View, width: int, height: int
) -> list[Instance]:
    """Instances found in a view, in pixels and sides of the original picture.

    Args:
        instances: of the view, in its pixels.
        view: in one that keeps no boxes tight they become NaN.
        width, height: of the original picture.
    """
    if not instances or view == UPRIGHT:
        return list(instances)
    taxonomy = instances[0].taxonomy
    stacked, flip_indices = stack_keypoints(instances), taxonomy.union_flip_indices
    keypoints = view.to_picture(stacked, width, height, flip_indices)
    boxes = view.boxes_to_picture([i.bbox for i in instances], width, height)
    back = []
    for instance, box, own in zip(instances, boxes, keypoints, strict=True):
        instrument = instance.category
        order = instrument.flip_indices if view.flip else list(range(instrument.num_keypoints))
        back.append(
            instance.changed(
                bbox=box,
                keypoints=own[taxonomy.slots_of(instance.category_id)],
                keypoint_scores=instance.keypoint_scores[order],
                keypoint_visible=instance.keypoint_visible[order],
                keypoints_3d=_space_to_picture(instance.keypoints_3d, view, order),
            )
        )
    return back


def group_views(by_view: Sequence[Sequence[Instance]]) -> list[list[tuple[int, int]]]:
    """Which instances of the views of one picture are the same instrument.

    Args:
        by_view: V lists of instances, all in pixels of the picture.

    Returns:
        For every instrument its (view, index) pairs, at most one of each view.
    """
    groups: list[list[tuple[int, int]]] = []
    for view, found in enumerate(by_view):
        first = [by_view[group[0][0]][group[0][1]] for group in groups]
        boxes = np.array([instance.bbox for instance in first]).reshape(-1, 4)
        sizes = np.maximum(np.linalg.norm(boxes[:, 2:] - boxes[:, :2], axis=1), 1.0)
        partner = match_instances(
            places_of(first), places_of(found), sizes, SAME_INSTANCE, same_category(first, found)
        )
        for group, index in zip(groups, partner, strict=True):
            if index >= 0:
                group.append((view, int(index)))
        alone = sorted(set(range(len(found))) - set(partner.tolist()))
        groups += [[(view, index)] for index in alone]
    return groups


def places_of(instances: Sequence[Instance]) -> np.ndarray:
    """(N, K + 2, 2) keypoints, and the corners of the box where a category has no keypoints."""
    corners = np.full((len(instances), 2, 2), np.nan)
    for row, instance in enumerate(instances):
        if not len(instance.keypoints):
            corners[row] = np.reshape(instance.bbox, (2, 2))
    return np.concatenate([stack_keypoints(instances), corners], axis=1)


def same_category(a: Sequence[Instance], b: Sequence[Instance]) -> np.ndarray:
    """(N, M) whether two instances are of one category."""
    rows, columns = (np.array([i.category_id for i in side], dtype=int) for side in (a, b))
    return rows[:, None] == columns


def fuse_instances(by_view: Sequence[Sequence[Instance]]) -> list[Instance]:
    """One answer from those of V views of one picture.

    Args:
        by_view: V lists of instances with keypoints, all in pixels of the picture. Second answers
            for one instrument are left out of each first (``drop_parts``), lest they be matched.

    Returns:
        Each instrument once, in the order of the views: keypoints are medians, their scores and
        visibility means, boxes means weighted by score. The box score is the mean over all views
        but the least sure one; a view that does not have the instrument counts 0. (On rendered
        pictures the mean over all ranks no better, and asks for another threshold.)
    """
    by_view = [drop_parts(found) for found in by_view]
    return [
        fuse_group([by_view[view][index] for view, index in group], len(by_view))
        for group in group_views(by_view)
    ]


def fuse_group(same: Sequence[Instance], num_views: int) -> Instance:
    """One instrument from what the views that have it say of it, at least one."""
    scores = np.array([instance.bbox_score for instance in same])
    surest = np.sort(np.pad(scores, (0, num_views - len(same))))[-max(1, num_views - 1) :]
    return same[0].changed(
        bbox=np.average([i.bbox for i in same], axis=0, weights=np.maximum(scores, 1e-9)),
        bbox_score=float(surest.mean()),
        keypoints=np.median([i.keypoints for i in same], axis=0),
        keypoint_scores=np.mean([i.keypoint_scores for i in same], axis=0),
        keypoint_visible=np.mean([i.keypoint_visible for i in same], axis=0),
        keypoints_3d=_median_space([i.keypoints_3d for i in same]),
    )


def _space_to_picture(
    points: np.ndarray | None, view: View, order: Sequence[int]
) -> np.ndarray | None:
    """(k, 3) from the root, as the camera of the picture sees what was found in a view."""
    if points is None:
        return None
    linear = view.matrix(2, 2)[:, :2] / view.scale  # a turn, or a mirrored one
    turned = np.column_stack([points[:, :2] @ linear, points[:, 2]])[order]
    return from_root(turned)


def _median_space(points: Sequence[np.ndarray | None]) -> np.ndarray | None:
    known = [each for each in points if each is not None]
    return np.median(known, axis=0) if known else None
