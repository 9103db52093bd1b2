"""False instruments and what recall a limit on them leaves."""

import pytest

from surgtools.evaluation.box_scores import evaluate_boxes
from surgtools.evaluation.false_instruments import (
    count_false,
    operating_point,
    recall_at,
    reported,
)
from surgtools.evaluation.settings import EvaluationSettings

BOX = [0, 0, 10, 10]


def found(image_id, score, **extra):
    return {"image_id": image_id, "category_id": 1, "bbox": BOX, "score": score, **extra}


def truth(image_id):
    return {"image_id": image_id, "category_id": 1, "bbox": BOX}


def test_counts_by_hand():
    # Picture 1 shows two, picture 2 one below the threshold, picture 9 is not empty.
    results = [found(1, 0.9), found(1, 0.5), found(2, 0.2), found(9, 0.9)]
    assert count_false([1, 2, 3, 4], results, 0.3) == {
        "pictures": 4,
        "false_instruments": 2,
        "per_picture": 0.5,
        "share_with_one": 0.25,
    }


def test_without_empty_pictures_there_is_no_rate():
    counts = count_false([], [found(1, 0.9)], 0.3)
    assert counts["per_picture"] is None and counts["share_with_one"] is None


def test_threshold_applies_to_the_detectors_score():
    fused = found(1, 0.2, bbox_score=0.8)
    assert reported([fused], 0.3) == [fused]
    assert reported([found(1, 0.2)], 0.3) == []


def test_recall_at_a_threshold():
    annotations = [truth(1), truth(2), truth(3)]
    results = [found(1, 0.9), found(2, 0.4)]
    assert recall_at(annotations, results, 0.3) == pytest.approx(2 / 3)
    assert recall_at(annotations, results, 0.5) == pytest.approx(1 / 3)
    assert recall_at([], results, 0.5) is None


def test_operating_point_by_hand():
    # 20 empty pictures, the best scores 0.6 and 0.5: one picture (5 %) may show something, so
    # the threshold is just above 0.5, where two of three instances are found.
    annotations = [truth(101), truth(102), truth(103)]
    results = [found(101, 0.9), found(102, 0.55), found(103, 0.4)]
    false = [found(1, 0.6), found(1, 0.1), found(2, 0.5)]
    point = operating_point(annotations, results, range(1, 21), false, allowed_share=0.05)
    assert point["score_thr"] == pytest.approx(0.5)
    assert point["score_thr"] > 0.5
    assert point["share_with_one"] == pytest.approx(0.05)
    assert point["recall"] == pytest.approx(2 / 3)
    assert operating_point(annotations, results, [], []) is None


def test_operating_point_finds_at_the_given_overlap():
    # The found box shares 50 of 150 square pixels with the true one: IoU 1 / 3.
    results = [found(101, 0.9) | {"bbox": [5, 0, 10, 10]}]
    true = truth(101) | {"id": 1, "area": 100, "keypoints": [1, 1, 2] * 5}
    content = {"images": [{"id": 101}], "annotations": [true]}
    recalls = []
    for iou_thr in (0.5, 0.3):
        settings = EvaluationSettings(iou_thr=iou_thr, bootstrap=0)
        section = evaluate_boxes(content, results, settings, negatives=([1], []))
        recalls.append(section["operating_point"]["recall"])
    assert recalls == [0.0, 1.0]
