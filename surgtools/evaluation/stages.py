"""One report of a detector and a pose network: each alone, and both together."""

from collections.abc import Mapping, Sequence

from surgtools.evaluation.box_scores import evaluate_boxes
from surgtools.evaluation.evaluator import count_content
from surgtools.evaluation.keypoint_scores import evaluate_keypoints
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.space_errors import evaluate_space
from surgtools.evaluation.summary import distinct_notes, summarize_sections
from surgtools.evaluation.worst_pictures import find_worst_pictures

Rows = Sequence[Mapping]


def evaluate_stages(
    ground_truth: Mapping,
    settings: EvaluationSettings,
    boxes: Rows | None = None,
    keypoints_gt_boxes: Rows | None = None,
    keypoints_detector_boxes: Rows | None = None,
    negatives: tuple[Sequence[int], Rows] | None = None,
    negatives_detector_boxes: tuple[Sequence[int], Rows] | None = None,
) -> dict:
    """Score what was run; ``None`` marks a stage that was not.

    Args:
        ground_truth: a COCO keypoint file's content.
        boxes: the detector's COCO results.
        keypoints_gt_boxes: the pose network's results in ground-truth boxes.
        keypoints_detector_boxes: its results in the detector's boxes, which is what a user gets.
        negatives: ids of pictures without instruments and the detector's results on them.
        negatives_detector_boxes: the same ids and the pose network's results in those boxes.

    Returns:
        ``summary`` (the few numbers one looks at first), one section per stage under the
        argument's name, ``settings``, ``counts``, ``worst`` pictures and ``notes``. Where both
        networks have a say in the score of a box (``bbox_score``), ``boxes_with_presence`` scores
        the boxes once more, by that. Where results and labels say where keypoints are in space,
        ``space`` says how far apart, see ``evaluate_space``.
    """
    sections = {}
    if boxes is not None:
        sections["boxes"] = evaluate_boxes(ground_truth, boxes, settings, negatives)
    if any("bbox_score" in row for row in keypoints_detector_boxes or ()):
        rows = [{**row, "score": row["bbox_score"]} for row in keypoints_detector_boxes]
        sections["boxes_with_presence"] = evaluate_boxes(
            ground_truth, rows, settings, negatives_detector_boxes
        )
    for name, rows in (
        ("keypoints_gt_boxes", keypoints_gt_boxes),
        ("keypoints_detector_boxes", keypoints_detector_boxes),
    ):
        if rows is not None:
            sections[name] = evaluate_keypoints(ground_truth, rows, settings)
    space = evaluate_space(ground_truth, keypoints_detector_boxes or (), settings)
    if space is not None:
        sections["space"] = space
    shown = next(
        (r for r in (keypoints_detector_boxes, keypoints_gt_boxes, boxes) if r is not None), []
    )
    report = {
        "summary": summarize_sections(sections, settings),
        "settings": settings.to_dict(ground_truth),
        "counts": count_content(ground_truth, shown, settings.taxonomy),
        **sections,
        "worst": find_worst_pictures(ground_truth, shown, settings),
        "notes": [],
    }
    report["notes"] += distinct_notes(sections)
    if keypoints_gt_boxes is not None and keypoints_detector_boxes is None:
        report["notes"].append(
            "keypoints are scored in ground-truth boxes only; name a "
            "detector, too, to score what a user gets"
        )
    return report
