"""Keypoint scores: means over categories, PCK curve, intervals, notes."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.keypoint_scores import PCK_THRESHOLDS, evaluate_keypoints
from surgtools.evaluation.settings import EvaluationSettings


@pytest.fixture
def truth():
    """Box diagonal 100 px; the keypoints lie on a line, one hidden."""
    builder = CocoBuilder()
    for index in range(6):
        image_id = builder.add_image(f"{index}.jpg", 400, 400, video_id=index // 3)
        for category_id, x in ((1, 10), (2, 200)):
            points = [[x + 10 * n, 40 + 7 * n, 1 if n == 4 else 2] for n in range(5)]
            builder.add_annotation(image_id, category_id, points, [x, 30, 60, 80])
    return builder.to_dict()


def shifted(truth, offsets, **extra):
    """Every keypoint of a category moved to the right by its offset."""
    rows = []
    for annotation in truth["annotations"]:
        keypoints = np.reshape(annotation["keypoints"], (-1, 3)).astype(float)
        keypoints[:, 0] += offsets[annotation["category_id"]]
        rows.append(
            {k: annotation[k] for k in ("image_id", "category_id", "bbox")}
            | {"score": 0.9, "keypoints": keypoints.ravel().tolist()}
            | extra
        )
    return rows


def test_means_are_over_categories_and_the_curve_by_hand(truth):
    results = shifted(truth, {1: 0, 2: 8})
    section = evaluate_keypoints(truth, results, EvaluationSettings(bootstrap=50))
    # 8 px of a 100 px diagonal: wrong at 0.05, right from 0.08 on.
    assert section["PCK@0.05"] == pytest.approx((1 + 0) / 2)
    assert section["mean_px"] == pytest.approx((0 + 8) / 2)
    curve = section["pck_curve"]
    assert curve["thresholds"] == list(PCK_THRESHOLDS)
    tweezers = dict(zip(PCK_THRESHOLDS, curve["categories"]["tweezers"], strict=True))
    assert (tweezers[0.075], tweezers[0.085]) == (0.0, 1.0)
    assert section["intervals"]["PCK@0.05"] == pytest.approx([0.5, 0.5])
    assert section["intervals"]["grouped_by"] == "video_id"
    assert section["intervals"]["groups"] == 2


def test_sigma_factors_and_visibility_are_scored_apart(truth):
    results = shifted(truth, {1: 5, 2: 5})
    for row in results:
        row["keypoints"][12] += 100  # the hidden keypoint is far off
    section = evaluate_keypoints(truth, results, EvaluationSettings(bootstrap=0))
    assert section["AP_visible"] > section["AP"] > section["AP_hidden"] == 0.0
    assert section["AP_sigma_x0.5"] < section["AP"] < section["AP_sigma_x2"]
    assert section["categories"]["tweezers"]["AP_hidden"] == 0.0


def test_results_below_the_score_threshold_are_missing_keypoints(truth):
    results = shifted(truth, {1: 0, 2: 0})
    for row in results[:6]:
        row["score"] = 0.1
    section = evaluate_keypoints(truth, results, EvaluationSettings(bootstrap=0))
    assert section["PCK@0.05"] == pytest.approx(0.5)
    assert section["AP"] == pytest.approx(1.0)


def test_what_cannot_be_measured_is_said(truth):
    for annotation in truth["annotations"]:
        annotation["keypoints"][14] = 2
    results = shifted(truth, {1: 0, 2: 0})
    section = evaluate_keypoints(truth, results, EvaluationSettings(bootstrap=0))
    assert section["AP_hidden"] is None and section["visibility"]["accuracy"] is None
    assert any("labelled hidden" in note for note in section["notes"])
    assert any("keypoint_visible" in note for note in section["notes"])
    given = shifted(truth, {1: 0, 2: 0}, keypoint_visible=[0.9, 0.9, 0.9, 0.9, 0.1])
    section = evaluate_keypoints(truth, given, EvaluationSettings(bootstrap=0))
    assert section["visibility"]["accuracy"] == pytest.approx(4 / 5)


def test_histogram_counts_every_found_keypoint_and_caps_the_last_bin(truth):
    # 3.1 % of the diagonal for the needle holders, far beyond the last bin for the tweezers.
    section = evaluate_keypoints(truth, shifted(truth, {1: 3.1, 2: 90}), EvaluationSettings())
    histogram = section["error_histogram"]
    edges = histogram["edges_percent_of_diagonal"]
    needle_holders, tweezers = histogram["counts"].values()
    assert needle_holders[np.searchsorted(edges, 3.1) - 1] == sum(needle_holders) == 6 * 5
    assert tweezers[-1] == sum(tweezers) == 6 * 5
