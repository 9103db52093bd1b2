"""Pixels, percent of length, PCK and visibility, by hand."""

import numpy as np
import pytest

from surgtools.evaluation.keypoint_errors import (
    error_table,
    instrument_length,
    measure_pairs,
    pck,
    visibility_accuracy,
)
from surgtools.evaluation.matching import Pair
from surgtools.metainfo import get_instrument

TWEEZERS = get_instrument("tweezers")
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
    measured = measure_pairs([Pair(annotation(), result([0, 3, 5, 8, 99]))], 2)
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
    pairs = [Pair(annotation(), result([2] * 5)), Pair(annotation(), None)]
    measured = measure_pairs(pairs, 2)
    assert pck(measured, 0.05) == pytest.approx(0.5)
    assert error_table(measured)["all"]["mean_px"] == pytest.approx(2.0)


def test_nothing_to_measure():
    measured = measure_pairs([Pair(None, result([0] * 5))], 2)
    assert measured.distance.shape == (0, 5)
    assert pck(measured, 0.05) is None
    assert error_table(measured)["all"]["mean_px"] is None
    assert visibility_accuracy(measured)["accuracy"] is None


def test_uncertain_sides_take_the_nearer_assignment():
    swapped = result([0] * 5)
    rows = np.reshape(swapped["keypoints"], (-1, 3))[TWEEZERS.flip_indices]
    swapped["keypoints"] = rows.ravel().tolist()
    uncertain = annotation(certain_left_right=False)
    assert error_table(measure_pairs([Pair(uncertain, swapped)], 2))["all"]["mean_px"] > 10
    either = measure_pairs([Pair(uncertain, swapped)], 2, either_side=True)
    assert error_table(either)["all"]["mean_px"] == 0
    certain = measure_pairs([Pair(annotation(), swapped)], 2, either_side=True)
    assert error_table(certain)["all"]["mean_px"] > 10


def test_visibility_accuracy_by_hand():
    # truth: visible, visible, visible, hidden, unlabelled; right: 1st, 2nd and 4th.
    given = result([0] * 5, keypoint_visible=[0.9, 0.5, 0.2, 0.1, 1.0])
    accuracy = visibility_accuracy(measure_pairs([Pair(annotation(), given)], 2))
    assert accuracy == {
        "keypoints": 4,
        "accuracy": pytest.approx(3 / 4),
        "accuracy_visible": pytest.approx(2 / 3),
        "accuracy_hidden": 1.0,
        "visible_share": pytest.approx(3 / 4),
    }


def test_instrument_length_needs_both_ends():
    points = np.array(POINTS, dtype=float)
    points[4, 2] = 2
    assert instrument_length(points, TWEEZERS) == pytest.approx(100)
    points[[2, 4], 2] = 0
    assert np.isnan(instrument_length(points, TWEEZERS))
