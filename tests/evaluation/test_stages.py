"""A report of the stages that were run."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.stages import evaluate_stages

QUICK = EvaluationSettings(bootstrap=0)


@pytest.fixture
def truth():
    builder = CocoBuilder()
    image_id = builder.add_image("a.jpg", 400, 400)
    for category_id, x in ((1, 10), (2, 200)):
        points = [[x + 10 * n, 40 + 7 * n, 2] for n in range(5)]
        builder.add_annotation(image_id, category_id, points, [x, 30, 60, 80])
    return builder.to_dict()


def perfect(truth):
    keys = ("image_id", "category_id", "bbox", "keypoints")
    return [{k: row[k] for k in keys} | {"score": 0.9} for row in truth["annotations"]]


def test_each_stage_has_its_section_and_its_part_of_the_summary(truth):
    rows = perfect(truth)
    boxes = [{k: v for k, v in row.items() if k != "keypoints"} for row in rows]
    report = evaluate_stages(truth, QUICK, boxes, rows, rows[:1], negatives=([7, 8], []))
    assert report["summary"]["box_AP"] == pytest.approx(1.0)
    assert report["summary"]["keypoint_AP_gt_boxes"] == pytest.approx(1.0)
    assert report["summary"]["keypoint_AP_detector_boxes"] == pytest.approx(0.5)
    assert report["summary"]["negatives_with_one"] == 0.0
    assert report["counts"]["results"] == 1
    assert [row["why"] for row in report["worst"]] == ["missed tweezers"]


def test_a_stage_that_was_not_run_has_no_section(truth):
    report = evaluate_stages(truth, QUICK, keypoints_gt_boxes=perfect(truth))
    assert "boxes" not in report and "keypoints_detector_boxes" not in report
    assert any("name a detector, too" in note for note in report["notes"])
    report = evaluate_stages(truth, QUICK, boxes=perfect(truth))
    assert "keypoints_gt_boxes" not in report
    assert not any("name a detector, too" in note for note in report["notes"])


def test_a_run_that_found_nothing_scores_zero(truth):
    report = evaluate_stages(truth, QUICK, boxes=[], keypoints_detector_boxes=[])
    assert report["summary"]["box_AP"] == report["summary"]["keypoint_AP_detector_boxes"] == 0.0
    assert np.isfinite(report["worst"][0]["loss"])


def test_presence_scores_the_boxes_once_more(truth):
    rows = [
        row | {"score": 0.9 * presence * 0.7, "bbox_score": 0.9 * presence, "presence": presence}
        for row, presence in zip(perfect(truth), (0.9, 0.2), strict=True)
    ]
    false = {"category_id": 1, "bbox": [1, 1, 20, 20], "score": 0.5}
    doubted = false | {"score": 0.1, "bbox_score": 0.2, "presence": 0.4, "image_id": 7}
    report = evaluate_stages(
        truth,
        QUICK,
        perfect(truth),
        keypoints_detector_boxes=rows,
        negatives=([7, 8], [false | {"image_id": 7}]),
        negatives_detector_boxes=([7, 8], [doubted]),
    )
    summary = report["summary"]
    assert (summary["recall"], summary["negatives_with_one"]) == (1.0, 0.5)
    # 0.9 * 0.2 is below the threshold of 0.35, and so is the false one's 0.2
    assert summary["recall_with_presence"] == 0.5
    assert summary["negatives_with_one_with_presence"] == 0.0
    # at most 5 % of two pictures is none: the threshold lies just above the false one's 0.2
    assert report["boxes_with_presence"]["operating_point"]["score_thr"] == pytest.approx(0.2)
    assert report["boxes"]["operating_point"]["score_thr"] == pytest.approx(0.5)
