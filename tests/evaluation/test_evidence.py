"""Curves, histogram and worst pictures."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.evidence import NUM_WORST, collect_evidence
from surgtools.evaluation.settings import EvaluationSettings


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
    worst = collect_evidence(truth, results, EvaluationSettings())["worst"]
    # 30 px of 0.2 diagonals (20 px) counts as 1; 11 px as 0.55.
    assert len(worst) == NUM_WORST
    assert worst[0]["loss"] == 1.0 and worst[-1]["loss"] == pytest.approx(0.55)
    assert worst[-1]["file_name"] == "10.jpg"
    few = collect_evidence(
        truth, shifted(truth, lambda i: i if i < 3 else 0), EvaluationSettings()
    )
    assert [row["image_id"] for row in few["worst"]] == [2, 1]


def test_histogram_counts_every_found_keypoint_and_caps_the_last_bin(truth):
    results = shifted(truth, lambda image_id: 500 if image_id == 1 else 3.1)
    histogram = collect_evidence(truth, results, EvaluationSettings())["error_histogram"]
    counts = histogram["counts"]["tweezers"]
    edges = histogram["edges_percent_of_diagonal"]
    assert sum(counts) == 30 * 5 and counts[-1] == 5
    assert counts[np.searchsorted(edges, 3.1) - 1] == 29 * 5
    assert sum(histogram["counts"]["needle_holder"]) == 0


def test_curves_are_those_of_a_perfect_and_a_useless_answer(truth):
    curves = collect_evidence(truth, shifted(truth, lambda i: 0), EvaluationSettings())["curves"]
    assert set(curves["keypoints"]["categories"]) == {"tweezers"}
    assert curves["keypoints"]["categories"]["tweezers"]["mean"] == pytest.approx([1.0] * 101)
    far = collect_evidence(truth, shifted(truth, lambda i: 500), EvaluationSettings())["curves"]
    assert far["keypoints"]["categories"]["tweezers"]["0.50"] == [0.0] * 101
    assert far["bbox"]["categories"]["tweezers"]["0.50"] == pytest.approx([1.0] * 101)


def test_boxes_alone_have_no_keypoint_evidence(truth):
    rows = [{k: v for k, v in r.items() if k != "keypoints"} for r in shifted(truth, lambda i: 0)]
    evidence = collect_evidence(truth, rows, EvaluationSettings())
    assert "error_histogram" not in evidence and evidence["worst"] == []
