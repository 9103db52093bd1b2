"""Thresholds are quantiles of correct source predictions."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import calibrate
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
