"""The first numbers and the words of a report."""

from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.summary import distinct_notes, summarize_sections

BOXES = {"AP": 0.5, "AP50": 0.8, "recall": 0.9}
KEYPOINTS = {
    "AP": 0.6,
    "AR": 0.7,
    "PCK@0.05": 0.75,
    "mean_px": 3.0,
    "visibility": {"accuracy": 0.9, "balanced_accuracy": 0.5},
}


def test_summary_names_the_stage():
    sections = {"boxes": BOXES, "keypoints_gt_boxes": KEYPOINTS}
    summary = summarize_sections(sections, EvaluationSettings())
    assert summary["box_AP"] == 0.5
    assert summary["keypoint_AP_gt_boxes"] == 0.6
    assert summary["PCK@0.05_gt_boxes"] == 0.75
    assert summary["visibility_accuracy_gt_boxes"] == 0.9
    assert summary["balanced_visibility_accuracy_gt_boxes"] == 0.5
    assert "negatives_with_one" not in summary
    counts = {"per_picture": 0.25, "share_with_one": 0.2}
    summary = summarize_sections({"boxes": BOXES | {"negatives": counts}}, EvaluationSettings())
    assert summary["false_instruments_per_negative"] == 0.25
    assert summary["negatives_with_one"] == 0.2


def test_a_note_names_its_stage_unless_it_concerns_all():
    sections = {"boxes": {"notes": ["a", "b"]}, "keypoints": {"notes": ["a"]}}
    assert distinct_notes(sections) == ["a", "boxes: b"]
