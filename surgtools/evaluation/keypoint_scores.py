"""Score keypoints: AP per category, errors, PCK and visibility.

Shapes: G ground-truth instances of one category, k of its keypoints, I images, B bootstrap
samples.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.evaluation.bootstrap import (
    group_images,
    mean_defined,
    percentile_interval,
    sample_weights,
)
from surgtools.evaluation.box_scores import absent_notes, ap_intervals, mean_numbers
from surgtools.evaluation.coco_eval import pr_curves, score_category
from surgtools.evaluation.false_instruments import reported
from surgtools.evaluation.keypoint_errors import (
    Measured,
    error_table,
    measure_pairs,
    pck,
    pck_counts,
    visibility_accuracy,
)
from surgtools.evaluation.matching import match_results
from surgtools.evaluation.settings import EvaluationSettings

PCK_THRESHOLDS = tuple(round(0.005 * step, 3) for step in range(1, 41))
"""Shares of the box diagonal at which the PCK curve is drawn."""

SIGMA_FACTORS = (0.5, 2.0)
"""AP is also given for the sigmas times these, because measured sigmas may differ."""


def evaluate_keypoints(
    ground_truth: Mapping, results: Sequence[Mapping], settings: EvaluationSettings
) -> dict:
    """Score keypoints.

    Args:
        ground_truth: a COCO keypoint file's content.
        results: COCO results with keypoints in each category's own order.

    Returns:
        The ten COCO numbers (mean over the categories that occur, and under ``categories``
        each), ``AP_visible``, ``AP_hidden`` and ``AP_sigma_x0.5``, ``AP_sigma_x2`` likewise,
        ``errors`` per category and keypoint with their histogram, ``PCK`` and its curve,
        ``pr_curve``, ``visibility``,
        ``intervals`` and ``notes`` that say in words what could not be measured.
    """
    either = settings.uses_either_side(ground_truth)

    def score_all(**options) -> dict:
        return {
            own.name: score_category(
                ground_truth, results, own, "keypoints", either_side=either, **options
            )
            for own in settings.taxonomy.categories
            if own.num_keypoints
        }

    scores = score_all()
    variants = {
        "AP_visible": score_all(visibility=2, by_size=False),
        "AP_hidden": score_all(visibility=1, by_size=False),
        **{
            f"AP_sigma_x{factor:g}": score_all(sigma_factor=factor, by_size=False)
            for factor in SIGMA_FACTORS
        },
    }
    pairs = match_results(
        ground_truth["annotations"], reported(results, settings.score_thr), settings.iou_thr
    )
    measured = [
        measure_pairs(pairs, own, either)
        for own in settings.taxonomy.categories
        if own.num_keypoints
    ]
    threshold = settings.pck_threshold
    section = {
        **mean_numbers(scores),
        **{name: mean_numbers(variant)["AP"] for name, variant in variants.items()},
        "categories": {
            name: {
                **score.numbers,
                **{key: variant[name].numbers["AP"] for key, variant in variants.items()},
            }
            for name, score in scores.items()
        },
        **error_section(measured, threshold),
        "pr_curve": pr_curves(scores),
        "visibility": _visibility_section(measured),
        "notes": absent_notes(scores),
    }
    section["intervals"] = ap_intervals(ground_truth, scores, settings)
    if settings.bootstrap:
        section["intervals"][f"PCK@{threshold:g}"] = _pck_interval(
            ground_truth, measured, settings
        )
    for what in ("visible", "hidden"):
        if section[f"AP_{what}"] is None and section["AP"] is not None:
            section["notes"].append(f"no keypoint is labelled {what}: AP_{what} is not defined")
    if not section["visibility"]["keypoints"]:
        section["notes"].append("no found instance carries keypoint_visible: it is not scored")
    return section


def error_section(measured: Sequence[Measured], threshold: float) -> dict:
    """Errors and PCK per category and keypoint, and their means over the categories."""
    tables = {rows.category.name: error_table(rows, threshold) for rows in measured}
    name = f"PCK@{threshold:g}"
    curve = {
        rows.category.name: [pck(rows, at) for at in PCK_THRESHOLDS]
        for rows in measured
        if rows.labelled.any()
    }
    return {
        name: _mean(table["all"][name] for table in tables.values()),
        "mean_px": _mean(table["all"]["mean_px"] for table in tables.values()),
        "mean_percent_of_length": _mean(
            table["all"]["mean_percent_of_length"] for table in tables.values()
        ),
        "errors": tables,
        "pck_curve": {"thresholds": list(PCK_THRESHOLDS), "categories": curve},
        "error_histogram": error_histogram(measured),
    }


def error_histogram(measured: Sequence[Measured]) -> dict:
    """Counts of keypoint errors in percent of the box diagonal; the last bin takes the rest."""
    edges = np.linspace(0, 20, 41)
    counts = {}
    for rows in measured:
        percent = 100 * rows.distance / np.maximum(rows.diagonal, 1e-12)[:, None]
        percent = np.minimum(percent[np.isfinite(percent)], edges[-1])
        counts[rows.category.name] = np.histogram(percent, edges)[0].tolist()
    return {"edges_percent_of_diagonal": edges.tolist(), "counts": counts}


def _visibility_section(measured: Sequence[Measured]) -> dict:
    per_category = {rows.category.name: visibility_accuracy(rows) for rows in measured}
    names = ("accuracy", "accuracy_visible", "accuracy_hidden", "balanced_accuracy", "AUC")
    return {
        **{name: _mean(row[name] for row in per_category.values()) for name in names},
        "keypoints": sum(row["keypoints"] for row in per_category.values()),
        "categories": per_category,
    }


def _pck_interval(
    ground_truth: Mapping, measured: Sequence[Measured], settings: EvaluationSettings
) -> list[float] | None:
    images = sorted(ground_truth["images"], key=lambda image: image["id"])
    position = {image["id"]: index for index, image in enumerate(images)}
    rng = np.random.default_rng(settings.seed)
    weights = sample_weights(group_images(images)[0], settings.bootstrap, rng)
    samples = []
    for rows in measured:
        hits, labelled = (
            counts.sum(axis=1) for counts in pck_counts(rows, settings.pck_threshold)
        )
        drawn = weights[:, [position[image_id] for image_id in rows.image_ids]]
        total = drawn @ labelled
        samples.append(np.where(total, drawn @ hits / np.maximum(total, 1), np.nan))
    return percentile_interval(mean_defined(np.array(samples)))


def _mean(values) -> float | None:
    values = [value for value in values if value is not None]
    return float(np.mean(values)) if values else None
