"""Score keypoints in space: how far they lie from the truth, seen from the root.

Shapes: k keypoints of a category; the root is the first of them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.evaluation.false_instruments import reported
from surgtools.evaluation.matching import match_results
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.lifting import from_root

MILLIMETERS = 1e3
"""In a meter."""


def evaluate_space(
    ground_truth: Mapping, results: Sequence[Mapping], settings: EvaluationSettings
) -> dict | None:
    """Mean distance in space of what was found from what is labelled.

    Counted are reported instances whose box overlaps that of a labelled one of their category.
    The root is left out: from itself it is never off. Keypoints outside the picture count.

    Args:
        ground_truth: COCO content; ``keypoints_3d`` of an annotation are meters in the frame of
            the camera.
        results: COCO results; ``keypoints_3d`` (k, 3) are meters from the root, in that frame.

    Returns:
        ``MPJPE`` and ``N-MPJPE`` in millimeters, means over the categories, and under
        ``categories`` each with ``found`` and ``labelled`` instances. ``N-MPJPE`` is that after
        the best factor for each instance, as one picture does not tell the size. None
        where either side says nothing of space; values are None where nothing was found.

    Source: Rhodin et al., Unsupervised Geometry-Aware Representation for 3D Human Pose
    Estimation, ECCV 2018, for the normalized error.
    """
    labelled = [row for row in ground_truth["annotations"] if row.get("keypoints_3d")]
    found = [row for row in results if row.get("keypoints_3d")]
    if not labelled or not found:
        return None
    pairs = match_results(
        ground_truth["annotations"], reported(results, settings.score_thr), settings.iou_thr
    )
    categories = {}
    for own in settings.taxonomy.categories:
        rows = [row for row in labelled if row["category_id"] == own.id]
        if not rows or own.num_keypoints < 2:
            continue
        sides = [(p.annotation, p.result) for p in pairs if p.annotation and p.result]
        errors = [
            errors_in_space(result["keypoints_3d"], truth["keypoints_3d"])
            for truth, result in sides
            if truth["category_id"] == own.id
            if truth.get("keypoints_3d") and result.get("keypoints_3d")
        ]
        means = np.mean(errors, axis=0) if errors else (None, None)
        categories[own.name] = {
            **dict(zip(("MPJPE", "N-MPJPE"), map(_number, means), strict=True)),
            "found": len(errors),
            "labelled": len(rows),
        }
    return {
        **{name: _mean(row[name] for row in categories.values()) for name in ("MPJPE", "N-MPJPE")},
        "categories": categories,
        "notes": [],
    }


def errors_in_space(found: Sequence, labelled: Sequence) -> tuple[float, float]:
    """Millimeters from the truth of one instance as it is, and after the best factor.

    Args:
        found, labelled: (k, 3) meters, also flat, k at least 2; each is taken from its root.
    """
    ours, truth = (from_root(np.reshape(points, (-1, 3)))[1:] for points in (found, labelled))
    factor = (ours * truth).sum() / max((ours * ours).sum(), 1e-12)
    return tuple(
        MILLIMETERS * float(np.linalg.norm(scale * ours - truth, axis=1).mean())
        for scale in (1.0, factor)
    )


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _mean(values) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
