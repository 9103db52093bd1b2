"""The worst pictures."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.worst_pictures import NUM_WORST, find_worst_pictures


@pytest.fixture
def truth():
    """30 pictures with tweezers; the diagonal of each box is 100 px."""
    builder = CocoBuilder()
    for index in range(30):
        image_id = builder.add_image(f"{index}.jpg", 400, 400)
        points = [[20 + 10 * n, 40 + 7 * n, 2] for n in range(5)]
        builder.add_annotation(image_id, 2, points, [10, 30, 60, 80])
    return builder.to_dict()


def shifted(truth, offset_of):
    rows = []
    for annotation in truth["annotations"]:
        keypoints = np.reshape(annotation["keypoints"], (-1, 3)).astype(float)
        keypoints[:, 0] += offset_of(annotation["image_id"])
        row = {k: annotation[k] for k in ("image_id", "category_id", "bbox")}
        rows.append(row | {"score": 0.9, "keypoints": keypoints.ravel().tolist()})
    return rows


def test_worst_pictures_are_sorted_limited_and_only_those_with_loss(truth):
    results = shifted(truth, lambda image_id: image_id if image_id > 5 else 0)
    worst = find_worst_pictures(truth, results, EvaluationSettings())
    # 30 px of 0.2 diagonals (20 px) counts as 1; 11 px as 0.55.
    assert len(worst) == NUM_WORST
    assert worst[0]["loss"] == 1.0 and worst[-1]["loss"] == pytest.approx(0.55)
    assert worst[-1]["file_name"] == "10.jpg"
    results = shifted(truth, lambda image_id: image_id if image_id < 3 else 0)
    worst = find_worst_pictures(truth, results, EvaluationSettings())
    assert [row["image_id"] for row in worst] == [2, 1]


def test_missed_and_false_instances_are_named(truth):
    truth["annotations"] = truth["annotations"][:1]
    false = shifted(truth, lambda image_id: 0)[0] | {"image_id": 2}
    worst = find_worst_pictures(truth, [false], EvaluationSettings())
    assert [row["why"] for row in worst] == ["missed tweezers", "false tweezers"]
    assert worst[0]["truth"][0]["bbox"] == [10, 30, 60, 80] and worst[0]["found"] == []


def test_boxes_alone_have_no_loss_where_they_lie(truth):
    rows = [{k: v for k, v in r.items() if k != "keypoints"} for r in shifted(truth, lambda i: 0)]
    assert find_worst_pictures(truth, rows, EvaluationSettings()) == []
