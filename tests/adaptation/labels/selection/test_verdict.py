"""A rule keeps what is on the good side and says why the rest is not."""

import numpy as np

from surgtools.adaptation.labels.selection import judge


def test_threshold_itself_passes_and_reasons_name_both_numbers():
    verdict = judge("bbox_score", np.array([0.5, 0.49, 0.9]), 0.5, keep_high=True)
    assert verdict.keep.tolist() == [True, False, True]
    assert verdict.reasons == ["", "bbox_score 0.49 is below 0.5", ""]


def test_small_values_are_good_when_asked_so():
    verdict = judge("temporal_jump", np.array([0.1, 0.3]), 0.2, keep_high=False)
    assert verdict.keep.tolist() == [True, False]
    assert verdict.reasons[1] == "temporal_jump 0.3 is above 0.2"


def test_what_cannot_be_asked_passes():
    assert judge("temporal_jump", np.array([np.nan]), 0.2, keep_high=False).keep.all()


def test_empty_in_empty_out():
    verdict = judge("bbox_score", np.zeros(0), 0.5, keep_high=True)
    assert verdict.keep.shape == (0,) and verdict.reasons == []


def test_threshold_itself_passes_where_small_values_are_good():
    verdict = judge("temporal_jump", np.array([0.2, 0.21]), 0.2, keep_high=False)
    assert verdict.keep.tolist() == [True, False]
