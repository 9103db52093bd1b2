"""Leave out answers that repeat or contradict a better one, so that each instrument is told once.

An answer may contradict itself, too: both ends of an instrument at one place.

Five more kinds are left out: a box where a better one of any category lies, an instance whose
score falls below the threshold once presence is joined, an instance that is only a part of
another, one that lies along the axis of another and ends where it ends, whatever its category and
length, and one whose box and keypoints lie within another.
A detector may box the rings of a needle holder beside the whole, or answer twice for thin tweezers
with boxes that overlap too little to suppress each other. Keypoints give both away: they lie on or
near the bones of the other instance. Instruments that cross meet in one place only.

Shapes: N boxes, P points, B bones.
"""

from collections.abc import Sequence

import numpy as np

from surgtools.boxes import box_iou_xyxy, nms_xyxy, shared_area_xyxy
from surgtools.evaluation.settings import PLACE_THR
from surgtools.prediction.results import Instance

MIN_AXIS = 0.05
"""Shortest axis, as a share of the diagonal of the box. Of 2,149 instruments that the generator
laid on tables and in hands, the shortest has 0.086."""

MAX_BONE_DISTANCE = 0.03
"""Farthest from a bone, as a share of the diagonal of the whole's box. Chosen, as
``CONFIDENT_SHARE``, on rendered pictures."""

CONFIDENT_SHARE = 0.5
"""Keypoints with this share of the best one's score count as confident; at least two must."""

MAX_AXIS_OFFSET = 0.08
"""Farthest from the axis of the better answer, as a share of the longer axis. Instruments that lie
side by side are farther apart. Chosen, as ``MAX_TIP_DISTANCE``, on real frames of a theatre."""

MAX_TIP_DISTANCE = 0.3
"""Between the tips of both answers, as a share of the longer axis. Much of it is along the axis: a
hand hides how long the instrument that it holds is."""

MIN_SHARE_INSIDE = 0.7
"""Share of the smaller box that lies in the other one. Instruments that cross on a table have it,
too, so keypoints must agree."""

MAX_MEAN_DISTANCE = 0.1
"""Of the keypoints from the bones of the better answer, as a share of the diagonal of its box. Of
84 instruments in rendered pictures of several none is so near to another."""


def nms_across_categories(boxes: np.ndarray, scores: np.ndarray, iou_thr: float) -> np.ndarray:
    """Drop a box where a better one of any category lies at nearly the same place.

    Real instruments that cross overlap far less than two answers for one instrument do.

    Args:
        boxes: (N, 4) ``xyxy``.
        scores: (N,).
        iou_thr: overlap above which the worse of two boxes is dropped; 1 keeps both.

    Returns:
        Kept indices, best score first; empty in, empty out.
    """
    return nms_xyxy(boxes, scores, np.zeros(len(boxes), int), iou_thr)


def suppress_instances(
    instances: Sequence[Instance], score_thr: float, place_thr: float
) -> list[Instance]:
    """Instances of one picture whose box score still counts once presence is joined with it.

    Of two categories at one place the one with the better score stays, so the pose network has a
    say in which it is.

    Args:
        instances: whose ``bbox_score`` joins the detector's score and presence.
        score_thr: those at or below it are dropped.
        place_thr: ``iou_thr`` of ``nms_across_categories``.

    Returns:
        Best first; may be empty.
    """
    left = [instance for instance in instances if instance.bbox_score > score_thr]
    boxes = np.array([instance.bbox for instance in left]).reshape(-1, 4)
    scores = np.array([instance.bbox_score for instance in left])
    return [left[index] for index in nms_across_categories(boxes, scores, place_thr)]


def drop_contradictions(instances: Sequence[Instance]) -> list[Instance]:
    """Leave out instances whose two ends are told at one place, though their box is long.

    A pose network answers so where a box shows one pointed end and no other: a blade of scissors.

    Args:
        instances: of one picture; those without keypoints stay, and those without an axis.

    Returns:
        The others, in the given order; empty in, empty out.
    """
    return [instance for instance in instances if not ends_meet(instance)]


def ends_meet(instance: Instance) -> bool:
    """Whether base and tips of an instrument are nearer to each other than ``MIN_AXIS`` says."""
    if not instance.category.has_axis or not len(instance.keypoints):
        return False
    base, tips = instance.category.axis_ends(instance.keypoints)
    diagonal = np.linalg.norm(instance.bbox[2:] - instance.bbox[:2])
    return bool(np.linalg.norm(tips - base) < MIN_AXIS * diagonal)


def drop_parts(instances: Sequence[Instance]) -> list[Instance]:
    """Leave out what is a part of, or a second answer for, an instance with a better score.

    Args:
        instances: of one picture, in any order; those without keypoints stay.

    Returns:
        The others, in the given order; empty in, empty out.
    """
    wholes: list[Instance] = []
    for instance in sorted(instances, key=lambda instance: -instance.score):
        if not any(repeats(instance, whole) for whole in wholes):
            wholes.append(instance)
    kept = {id(instance) for instance in wholes}
    return [instance for instance in instances if id(instance) in kept]


def repeats(instance: Instance, better: Instance) -> bool:
    """Whether an instance tells of an instrument, or of a part of one, that is told of already."""
    return any(rule(instance, better) for rule in (is_part, is_second_answer, is_within))


def is_part(part: Instance, whole: Instance) -> bool:
    """Whether all confident keypoints lie on the bones of another instance of the category."""
    if part.category_id != whole.category_id or not len(part.keypoints):
        return False
    confident = part.keypoint_scores >= CONFIDENT_SHARE * part.keypoint_scores.max()
    if confident.sum() < 2:
        return False
    ends = whole.category.skeleton_indices
    if not ends:
        return False
    gaps = _gaps(part.keypoints[confident], whole.keypoints[np.array(ends)])
    return bool(gaps.max() <= MAX_BONE_DISTANCE * np.hypot(*(whole.bbox[2:] - whole.bbox[:2])))


def is_second_answer(instance: Instance, better: Instance) -> bool:
    """Whether an instance lies along the axis of another and has its tips at nearly one place.

    Which category a closed instrument in a fist belongs to, and where it ends, is hard to see: a
    detector answers with both categories and several lengths.
    """
    both = (instance, better)
    if not all(own.category.has_axis and len(own.keypoints) for own in both):
        return False
    base, tips = instance.category.axis_ends(instance.keypoints)
    whole_base, whole_tips = better.category.axis_ends(better.keypoints)
    along = whole_tips - whole_base
    length = np.linalg.norm(along)
    longer = max(length, np.linalg.norm(tips - base))
    if not longer or (tips - base) @ along <= 0:
        return False
    across = np.array([-along[1], along[0]]) / length
    offsets = np.abs((np.stack([base, tips]) - whole_base) @ across)
    return bool(
        offsets.max() <= MAX_AXIS_OFFSET * longer
        and np.linalg.norm(tips - whole_tips) <= MAX_TIP_DISTANCE * longer
    )


def is_within(instance: Instance, better: Instance) -> bool:
    """Whether box and keypoints of an instrument lie within a better one of any category.

    Hands are answered with boxes of several sizes, one in the other. Boxes of one size and place
    are left to ``nms_across_categories``, and so to who asks for both.
    """
    ends = better.category.skeleton_indices
    axes = all(own.category.has_axis and len(own.keypoints) for own in (instance, better))
    if not ends or not axes:
        return False
    boxes = np.stack([instance.bbox, better.bbox])
    if box_iou_xyxy(boxes[:1], boxes[1:])[0, 0] > PLACE_THR:
        return False
    shared = shared_area_xyxy(boxes[:1], boxes[1:])[0, 0]
    if shared < MIN_SHARE_INSIDE * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).min():
        return False
    gaps = _gaps(instance.keypoints, better.keypoints[np.array(ends)])
    return bool(gaps.mean() <= MAX_MEAN_DISTANCE * np.hypot(*(better.bbox[2:] - better.bbox[:2])))


def _gaps(points: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """(P,) distances of (P, 2) points from the nearest of (B, 2, 2) line segments."""
    start, along = bones[:, 0], bones[:, 1] - bones[:, 0]
    offset = points[:, None] - start
    share = (offset * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-9)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)
