"""Box scores: per category, recall, confusion, intervals."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.box_scores import confusion, evaluate_boxes
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.taxonomy import SURGICAL


def row(image_id, category_id, bbox, score):
    return {"image_id": image_id, "category_id": category_id, "bbox": bbox, "score": score}


@pytest.fixture
def truth():
    builder = CocoBuilder()
    for index in range(4):
        image_id = builder.add_image(f"{index}.jpg", 400, 400)
        for category_id in (1, 2):
            box = [200 * (category_id - 1), 50, 100, 100]
            builder.add_annotation(image_id, category_id, np.full((5, 3), 2.0), box)
    return builder.to_dict()


def test_recall_precision_and_categories_by_hand(truth):
    # Three of four needle holders, one of four tweezers, one box on nothing, one not reported.
    results = [row(i, 1, [0, 50, 100, 100], 0.9) for i in (1, 2, 3)]
    results += [row(1, 2, [200, 50, 100, 100], 0.8), row(2, 2, [200, 50, 100, 100], 0.1)]
    results += [row(4, 1, [300, 300, 50, 50], 0.7)]
    section = evaluate_boxes(truth, results, EvaluationSettings(bootstrap=100))
    assert section["recall"] == pytest.approx(4 / 8)
    assert section["precision"] == pytest.approx(4 / 5)
    assert section["categories"]["needle_holder"]["recall"] == pytest.approx(3 / 4)
    assert section["categories"]["tweezers"]["recall"] == pytest.approx(1 / 4)
    low, high = section["intervals"]["recall"]
    assert 0 <= low < 0.5 < high <= 1
    assert section["AP"] == pytest.approx(
        np.mean([section["categories"][name]["AP"] for name in section["categories"]])
    )


def test_an_interval_of_identical_pictures_has_no_width(truth):
    results = [row(i, 1, [0, 50, 100, 100], 0.9) for i in (1, 2, 3, 4)]
    section = evaluate_boxes(truth, results, EvaluationSettings(bootstrap=20))
    assert section["intervals"]["recall"] == pytest.approx([0.5, 0.5])
    assert section["intervals"]["needle_holder"] == pytest.approx([1, 1])


def test_confusion_by_hand(truth):
    results = [row(1, 2, [0, 50, 100, 100], 0.9), row(1, 2, [0, 300, 50, 50], 0.9)]
    table = confusion(truth["annotations"][:2], results, 0.5, SURGICAL)
    assert table["labels"] == ["needle_holder", "tweezers", "nothing"]
    assert table["counts"] == [[0, 1, 0], [0, 0, 1], [0, 1, 0]]


def test_precision_without_any_result_that_counts_is_not_defined(truth):
    for annotation in truth["annotations"]:
        annotation["iscrowd"] = 1
    truth["images"].append({"id": 9, "file_name": "empty.jpg", "width": 400, "height": 400})
    section = evaluate_boxes(truth, [row(1, 1, [0, 50, 9, 9], 0.9)], EvaluationSettings())
    assert section["precision"] is None and section["recall"] is None
    assert section["operating_point"] is None


def test_results_without_box_are_scored_by_the_box_of_their_keypoints(truth):
    corners = [0, 50, 1, 100, 50, 1, 0, 150, 1, 100, 150, 1, 50, 100, 1]
    results = [
        {"image_id": i, "category_id": 1, "score": 0.9, "keypoints": corners} for i in range(1, 5)
    ]
    section = evaluate_boxes(truth, results, EvaluationSettings(bootstrap=0))
    assert section["categories"]["needle_holder"]["AP"] == pytest.approx(1.0)
    assert section["intervals"] == {}
