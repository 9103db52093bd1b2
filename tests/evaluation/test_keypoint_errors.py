"""Pixels, percent of length, PCK and visibility, by hand."""

import numpy as np
import pytest

from surgtools.evaluation.keypoint_errors import (
    error_table,
    instrument_length,
    measure_pairs,
    pck,
    roc_auc,
    visibility_accuracy,
)
from surgtools.evaluation.matching import MatchedPair
from surgtools.taxonomy import SURGICAL

TWEEZERS = SURGICAL.get("tweezers")
# handle_end at the origin, both tips 100 px away on average, box diagonal 50 * sqrt(5) = 111.8.
POINTS = [[0, 0, 2], [40, -10, 2], [100, -20, 2], [40, 10, 1], [100, 20, 0]]


def annotation(**extra):
    return {
        "image_id": 7,
        "category_id": 2,
        "bbox": [0, 0, 100, 50],
        "keypoints": [value for row in POINTS for value in row],
        **extra,
    }


def result(offsets, **extra):
    keypoints = np.array(POINTS, dtype=float)
    keypoints[:, 0] += offsets
    return {"category_id": 2, "score": 1.0, "keypoints": keypoints.ravel().tolist(), **extra}


def test_errors_and_pck_by_hand():
    # 5.59 px is 0.05 of the diagonal: 3 of the 4 labelled keypoints are nearer.
    measured = measure_pairs([MatchedPair(annotation(), result([0, 3, 5, 8, 99]))], TWEEZERS)
    assert measured.distance[0] == pytest.approx([0, 3, 5, 8, np.nan], nan_ok=True)
    assert pck(measured, 0.05) == pytest.approx(3 / 4)
    table = error_table(measured)
    assert table["all"]["mean_px"] == pytest.approx(4.0)
    assert table["all"]["median_px"] == pytest.approx(4.0)
    # length: (0, 0) to the only labelled tip (100, -20) = 101.98 px
    assert table["left_tip"]["mean_percent_of_length"] == pytest.approx(500 / np.hypot(100, 20))
    assert table["right_tip"] == {
        "labelled": 0,
        "found": 0,
        "mean_px": None,
        "median_px": None,
        "mean_percent_of_length": None,
        "PCK@0.05": None,
    }


def test_missed_instances_count_in_pck_and_not_in_pixels():
    pairs = [MatchedPair(annotation(), result([2] * 5)), MatchedPair(annotation(), None)]
    measured = measure_pairs(pairs, TWEEZERS)
    assert pck(measured, 0.05) == pytest.approx(0.5)
    assert error_table(measured)["all"]["mean_px"] == pytest.approx(2.0)


def test_nothing_to_measure():
    measured = measure_pairs([MatchedPair(None, result([0] * 5))], TWEEZERS)
    assert measured.distance.shape == (0, 5)
    assert pck(measured, 0.05) is None
    assert error_table(measured)["all"]["mean_px"] is None
    assert visibility_accuracy(measured)["accuracy"] is None


def test_uncertain_sides_take_the_nearer_assignment():
    swapped = result([0] * 5)
    rows = np.reshape(swapped["keypoints"], (-1, 3))[TWEEZERS.flip_indices]
    swapped["keypoints"] = rows.ravel().tolist()
    uncertain = annotation(certain_left_right=False)
    assert (
        error_table(measure_pairs([MatchedPair(uncertain, swapped)], TWEEZERS))["all"]["mean_px"]
        > 10
    )
    either = measure_pairs([MatchedPair(uncertain, swapped)], TWEEZERS, either_side=True)
    assert error_table(either)["all"]["mean_px"] == 0
    certain = measure_pairs([MatchedPair(annotation(), swapped)], TWEEZERS, either_side=True)
    assert error_table(certain)["all"]["mean_px"] > 10


def test_visibility_accuracy_by_hand():
    # truth: visible, visible, visible, hidden, unlabelled; right: 1st, 2nd and 4th.
    given = result([0] * 5, keypoint_visible=[0.9, 0.5, 0.2, 0.1, 1.0])
    accuracy = visibility_accuracy(measure_pairs([MatchedPair(annotation(), given)], TWEEZERS))
    assert accuracy == {
        "keypoints": 4,
        "accuracy": pytest.approx(3 / 4),
        "accuracy_visible": pytest.approx(2 / 3),
        "accuracy_hidden": 1.0,
        "balanced_accuracy": pytest.approx((2 / 3 + 1) / 2),
        "AUC": 1.0,
        "visible_share": pytest.approx(3 / 4),
    }


def test_balanced_visibility_needs_both_kinds():
    given = result([0] * 5, keypoint_visible=[0.9] * 5)
    only_visible = annotation()
    only_visible["keypoints"][11] = 2
    row = visibility_accuracy(measure_pairs([MatchedPair(only_visible, given)], TWEEZERS))
    assert row["accuracy"] == row["accuracy_visible"] == 1.0
    assert row["accuracy_hidden"] is row["balanced_accuracy"] is row["AUC"] is None
    constant = visibility_accuracy(measure_pairs([MatchedPair(annotation(), given)], TWEEZERS))
    assert constant["balanced_accuracy"] == constant["AUC"] == 0.5


def test_area_under_the_roc_curve_by_hand():
    # Pairs: 0.9 over both, 0.4 equal to one and over the other: (1 + 1 + 0.5 + 1) / 4.
    assert roc_auc(np.array([0.9, 0.4]), np.array([0.4, 0.1])) == pytest.approx(3.5 / 4)
    assert roc_auc(np.array([0.1]), np.array([0.2, 0.3])) == 0.0
    assert roc_auc(np.array([]), np.array([0.2])) is None


def test_area_under_the_roc_curve_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    scores, kind = rng.integers(0, 20, 200) / 20, rng.random(200) < 0.7
    expected = metrics.roc_auc_score(kind, scores)
    assert roc_auc(scores[kind], scores[~kind]) == pytest.approx(expected)


def test_instrument_length_needs_both_ends():
    points = np.array(POINTS, dtype=float)
    points[4, 2] = 2
    assert instrument_length(points, TWEEZERS) == pytest.approx(100)
    points[[2, 4], 2] = 0
    assert np.isnan(instrument_length(points, TWEEZERS))
