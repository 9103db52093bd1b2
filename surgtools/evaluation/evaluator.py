"""Compute every number of a report from ground truth and results.

It needs numpy and pycocotools only, and scores our own networks and anyone else's results alike.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from surgtools.evaluation.box_scores import evaluate_boxes
from surgtools.evaluation.false_instruments import detector_score
from surgtools.evaluation.keypoint_scores import evaluate_keypoints
from surgtools.evaluation.results import check_results
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.summary import distinct_notes, summarize_sections
from surgtools.evaluation.worst_pictures import find_worst_pictures
from surgtools.taxonomy import SURGICAL, Taxonomy


def evaluate(
    ground_truth: Mapping,
    results: Sequence[Mapping],
    settings: EvaluationSettings | None = None,
    negatives: tuple[Sequence[int], Sequence[Mapping]] | None = None,
    name: str = "results",
) -> dict:
    """Score COCO results against a COCO keypoint file, each category on its own.

    Args:
        ground_truth: the file's content, see ``annotations.coco.load_coco``.
        results: rows ``{"image_id", "category_id", "bbox", "score", "keypoints"}``, keypoints
            ``[x, y, score] * k`` in the category's own order; optional ``keypoint_visible`` (k
            probabilities) and ``bbox_score`` (the detector's part of a fused ``score``, by which
            boxes are ranked). When no row has keypoints only boxes are scored.
        settings: thresholds and options; see ``EvaluationSettings``.
        negatives: ids of further pictures that hold no instrument, and the results on them.
        name: what the results are called in messages.

    Returns:
        ``summary``, ``settings`` (sigmas included), ``counts``, ``boxes``, ``keypoints``,
        ``worst`` pictures and ``notes``. A number that is not defined is ``None``
        and a note says why. Without results everything that is defined is 0.
        The summary holds ``visibility_accuracy``, which always answering "visible" raises to the
        share of visible keypoints, and ``balanced_visibility_accuracy``, the mean of the
        accuracies on visible and on hidden keypoints, which leaves such an answer 0.5.

    Raises:
        InputError: a result is malformed or on an unknown image.
    """
    settings = settings or EvaluationSettings()
    check_results(results, ground_truth, name, settings.taxonomy)
    with_keypoints = not results or any(row.get("keypoints") for row in results)
    boxes = [{**row, "score": detector_score(row)} for row in results]
    sections = {"boxes": evaluate_boxes(ground_truth, boxes, settings, negatives)}
    if with_keypoints:
        sections["keypoints"] = evaluate_keypoints(ground_truth, results, settings)
    return {
        "summary": summarize_sections(sections, settings),
        "settings": settings.to_dict(ground_truth),
        "counts": count_content(ground_truth, results, settings.taxonomy),
        **sections,
        "worst": find_worst_pictures(ground_truth, results, settings),
        "notes": distinct_notes(sections),
    }


def count_content(
    ground_truth: Mapping, results: Sequence[Mapping], taxonomy: Taxonomy = SURGICAL
) -> dict:
    """How many images, instances per category, uncertain sides and results there are.

    A crowd region (``iscrowd``) is no instance.
    """
    instances = [row for row in ground_truth["annotations"] if not row.get("iscrowd")]
    per_category = Counter(row["category_id"] for row in instances)
    return {
        "images": len(ground_truth["images"]),
        "instances": {own.name: per_category[own.id] for own in taxonomy.categories},
        "uncertain_sides": sum(not row.get("certain_left_right", True) for row in instances),
        "results": len(results),
    }
