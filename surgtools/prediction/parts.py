"""Leave out instances that only repeat a part of a surer one.

A detector may box the rings of a needle holder beside the whole, or answer twice for thin tweezers
with boxes that overlap too little to suppress each other. Keypoints give both away: all that the
pose network is sure of lie on the bones of the other. Instruments that cross meet in one place.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from surgtools.prediction.presence import believable
from surgtools.prediction.results import Instance

ON_BONE = 0.03
"""Farthest from a bone, as a share of the diagonal of the whole's box. Chosen, as ``SURE``, on
rendered pictures."""

SURE = 0.5
"""Keypoints with this share of the best one's score count; at least two do."""


def without_parts(instances: Sequence[Instance]) -> list[Instance]:
    """Leave out what is a part, or a second answer, of a surer instance.

    Args:
        instances: of one picture, in any order; those without keypoints stay.

    Returns:
        The others, in the given order; empty in, empty out.
    """
    wholes: list[Instance] = []
    for instance in sorted(instances, key=lambda instance: -instance.score):
        if not any(is_part(instance, whole) for whole in wholes):
            wholes.append(instance)
    kept = {id(instance) for instance in wholes}
    return [instance for instance in instances if id(instance) in kept]


def whole_results(
    rows: Iterable[Mapping[str, Any]], place_thr: float = 1.0
) -> list[Mapping[str, Any]]:
    """``without_parts`` of COCO results of many pictures, in the order of their first results.

    Args:
        rows: COCO results.
        place_thr: of ``believable``, which comes first; 1 keeps every box.
    """
    by_image: dict[int, list[tuple[Instance, Mapping[str, Any]]]] = defaultdict(list)
    for row in rows:
        by_image[row["image_id"]].append((Instance.from_coco(row), row))
    kept = []
    for found in by_image.values():
        placed = believable([pair[0] for pair in found], -np.inf, place_thr)
        wholes = {id(instance) for instance in without_parts(placed)}
        kept += [row for instance, row in found if id(instance) in wholes]
    return kept


def is_part(part: Instance, whole: Instance) -> bool:
    """Whether all sure keypoints of one instance lie on the bones of another of its category."""
    if part.category_id != whole.category_id or not len(part.keypoints):
        return False
    sure = part.keypoint_scores >= SURE * part.keypoint_scores.max()
    if sure.sum() < 2:
        return False
    ends = whole.category.skeleton_indices
    gaps = _gaps(part.keypoints[sure], whole.keypoints[np.array(ends)])
    return bool(gaps.max() <= ON_BONE * np.hypot(*(whole.bbox[2:] - whole.bbox[:2])))


def _gaps(points: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """(P,) distances of (P, 2) points from the nearest of (B, 2, 2) line segments."""
    start, along = bones[:, 0], bones[:, 1] - bones[:, 0]
    offset = points[:, None] - start
    share = (offset * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-9)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)
