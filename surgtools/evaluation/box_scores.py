"""Score boxes: AP per category, recall, and what is found on empty pictures.

Shapes: I images, B bootstrap samples.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.evaluation.bootstrap import (
    group_images,
    mean_defined,
    percentile_interval,
    sample_weights,
)
from surgtools.evaluation.coco_eval import (
    CategoryScore,
    average_precision,
    pr_curves,
    score_category,
)
from surgtools.evaluation.false_instruments import (
    count_false,
    operating_point,
    recall_at,
    reported,
)
from surgtools.evaluation.matching import MatchedPair, box_of, match_results
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.taxonomy import Taxonomy


def evaluate_boxes(
    ground_truth: Mapping,
    results: Sequence[Mapping],
    settings: EvaluationSettings,
    negatives: tuple[Sequence[int], Sequence[Mapping]] | None = None,
) -> dict:
    """Score boxes.

    Args:
        ground_truth: a COCO keypoint file's content.
        results: COCO results; a row without ``bbox`` gets the box of its keypoints.
        negatives: ids of further pictures that hold no instrument, and the results on them.

    Returns:
        The COCO numbers (mean over the categories that occur, and under ``categories`` each),
        ``recall`` and ``precision`` at the score threshold, ``confusion`` (a result on a crowd
        region counts in neither, see ``match_results``), false instruments on
        ``empty_pictures`` of the ground truth and on ``negatives``, ``intervals`` and ``notes``
        that say in words what could not be measured.
    """
    results = [{**row, "bbox": box_of(row)} for row in results]
    categories = settings.taxonomy.categories
    scores = {own.name: score_category(ground_truth, results, own, "bbox") for own in categories}
    annotations = ground_truth["annotations"]
    shown = reported(results, settings.score_thr)
    pairs = match_results(annotations, shown, settings.iou_thr)
    num_counted = sum(pair.result is not None for pair in pairs)
    num_right = sum(pair.annotation is not None and pair.result is not None for pair in pairs)
    section = {
        **mean_numbers(scores),
        "categories": {
            name: {
                **score.numbers,
                "recall": recall_at(
                    [a for a in annotations if a["category_id"] == category_id],
                    [r for r in results if r["category_id"] == category_id],
                    settings.score_thr,
                    settings.iou_thr,
                ),
            }
            for category_id, (name, score) in zip(
                (own.id for own in categories), scores.items(), strict=True
            )
        },
        "recall": recall_at(annotations, results, settings.score_thr, settings.iou_thr),
        "precision": num_right / num_counted if num_counted else None,
        "confusion": confusion(annotations, shown, settings.iou_thr, settings.taxonomy),
        "pr_curve": pr_curves(scores),
        "intervals": ap_intervals(ground_truth, scores, settings),
        "notes": absent_notes(scores),
    }
    if settings.bootstrap:
        section["intervals"]["recall"] = recall_interval(ground_truth, pairs, settings)
    with_instance = {a["image_id"] for a in annotations}
    empty = [i["id"] for i in ground_truth["images"] if i["id"] not in with_instance]
    section["empty_pictures"] = count_false(empty, results, settings.score_thr)
    instances = [a for a in annotations if not a.get("iscrowd")]
    if negatives is not None:
        ids, found = negatives
        section["negatives"] = count_false(ids, found, settings.score_thr)
        section["operating_point"] = operating_point(
            instances, results, ids, found, iou_thr=settings.iou_thr
        )
    elif empty:
        section["operating_point"] = operating_point(
            instances, results, empty, results, iou_thr=settings.iou_thr
        )
    return section


def confusion(
    annotations: Sequence[Mapping],
    results: Sequence[Mapping],
    iou_thr: float,
    taxonomy: Taxonomy,
) -> dict[str, list]:
    """Which category was found where which lies; the last row and column are "nothing".

    Pairs are made by boxes alone, whatever the category.

    Returns:
        ``labels`` and ``counts``, rows truth and columns results.
    """
    labels = list(taxonomy.classes)
    row_of = {own.id: index for index, own in enumerate(taxonomy.categories)}
    counts = np.zeros((len(labels) + 1, len(labels) + 1), dtype=int)
    for pair in match_results(annotations, results, iou_thr, same_category=False):
        row, column = (
            row_of[side["category_id"]] if side else len(labels)
            for side in (pair.annotation, pair.result)
        )
        counts[row, column] += 1
    return {"labels": [*labels, "nothing"], "counts": counts.tolist()}


def mean_numbers(scores: Mapping[str, CategoryScore]) -> dict[str, float | None]:
    """Each COCO number averaged over the categories where it is defined."""
    names = next(iter(scores.values())).numbers
    means = {}
    for name in names:
        values = [score.numbers[name] for score in scores.values()]
        values = [value for value in values if value is not None]
        means[name] = float(np.mean(values)) if values else None
    return means


def ap_intervals(
    ground_truth: Mapping, scores: Mapping[str, CategoryScore], settings: EvaluationSettings
) -> dict:
    """95 % intervals of AP: ``AP``, one per category, and the field images are grouped by."""
    if not settings.bootstrap:
        return {}
    images = sorted(ground_truth["images"], key=lambda image: image["id"])
    groups, field = group_images(images)
    rng = np.random.default_rng(settings.seed)
    weights = sample_weights(groups, settings.bootstrap, rng)
    present = {name: score for name, score in scores.items() if score.num_truth.any()}
    if not present:
        return {}
    samples = np.array(
        [[average_precision(score, row) for row in weights] for score in present.values()]
    )
    intervals = {"AP": percentile_interval(mean_defined(samples))}
    for name, values in zip(present, samples, strict=True):
        intervals[name] = percentile_interval(values)
    return {**intervals, "grouped_by": field, "groups": len(set(groups))}


def recall_interval(
    ground_truth: Mapping, pairs: Sequence[MatchedPair], settings: EvaluationSettings
) -> list[float] | None:
    """95 % interval of the recall that the pairs stand for, all categories together."""
    images = sorted(ground_truth["images"], key=lambda image: image["id"])
    position = {image["id"]: index for index, image in enumerate(images)}
    counts = np.zeros((2, len(images)))
    for pair in pairs:
        if pair.annotation is not None:
            at = position[pair.annotation["image_id"]]
            counts[:, at] += (pair.result is not None, 1)
    rng = np.random.default_rng(settings.seed)
    weights = sample_weights(group_images(images)[0], settings.bootstrap, rng)
    found, total = counts @ weights.T
    return percentile_interval(np.where(total, found / np.maximum(total, 1), np.nan))


def absent_notes(scores: Mapping[str, CategoryScore]) -> list[str]:
    """Words for the categories that have no ground truth, instead of a number like -1."""
    absent = [name for name, score in scores.items() if not score.num_truth.any()]
    if len(absent) == len(scores):
        return ["the ground truth holds no instance to be found, so AP and AR are not defined"]
    return [
        f"the ground truth holds no {name} to be found, so its AP and AR are not defined and the "
        "mean is over the other categories"
        for name in absent
    ]
