"""Thresholds are quantiles of correct source predictions."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import calibrate, judge
from surgtools.adaptation.labels.selection.thresholds import MIN_CONFIDENCE, RULES
from surgtools.errors import InputError


def test_wrong_predictions_and_missing_values_do_not_count():
    score = np.concatenate([np.linspace(0, 1, 101), np.full(500, 0.01)])
    correct = np.arange(601) < 101
    residual = np.where(np.arange(601) < 101, 100 * score, np.nan)
    thresholds = calibrate({"bbox_score": score, "implausibility": residual}, correct, 0.9)
    # 10 % quantile of 0, 0.01 .. 1 and 90 % quantile of 0 .. 100
    assert thresholds == pytest.approx({"bbox_score": 0.1, "implausibility": 90.0})


def test_a_rule_the_source_cannot_answer_has_no_threshold():
    assert "temporal_jump" not in calibrate(
        {"bbox_score": np.ones(50), "temporal_jump": np.full(50, np.nan)}, np.ones(50)
    )


def test_a_model_that_is_wrong_on_the_source_gives_no_thresholds():
    with pytest.raises(InputError, match="right on 3 of 50 source predictions"):
        calibrate({"bbox_score": np.ones(50)}, np.arange(50) < 3)


@pytest.mark.parametrize("right", [19, 20])
def test_twenty_right_predictions_are_enough(right):
    statistics, correct = {"bbox_score": np.ones(50)}, np.arange(50) < right
    if right == 20:
        assert calibrate(statistics, correct) == {"bbox_score": 1.0}
    else:
        with pytest.raises(InputError, match="right on 19 of 50 .* need 20"):
            calibrate(statistics, correct)


@pytest.mark.parametrize("known", [19, 20])
def test_a_rule_needs_twenty_right_predictions_that_it_applies_to(known):
    jumps = np.where(np.arange(50) < known, 0.1, np.nan)
    thresholds = calibrate({"temporal_jump": jumps}, np.ones(50))
    assert thresholds == ({"temporal_jump": pytest.approx(0.1)} if known == 20 else {})


def test_nineteen_of_twenty_right_predictions_pass_each_rule():
    values = np.arange(101.0)
    thresholds = calibrate({"bbox_score": values, "implausibility": values}, np.ones(101))
    assert thresholds == pytest.approx({"bbox_score": 5.0, "implausibility": 95.0})


def test_a_label_is_trusted_from_seven_in_ten_on():
    verdict = judge("confidence", np.array([0.69, 0.7]), MIN_CONFIDENCE, RULES["confidence"])
    assert verdict.keep.tolist() == [False, True]
