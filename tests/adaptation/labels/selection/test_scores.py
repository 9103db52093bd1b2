"""The keypoint score counts own slots only."""

import numpy as np

from surgtools.adaptation.labels.selection import mean_keypoint_score


def test_foreign_slots_do_not_count():
    scores = np.array([[0.2, 0.4, np.nan, np.nan]])
    np.testing.assert_allclose(mean_keypoint_score(scores), [0.3])


def test_instance_without_keypoints_has_no_score():
    assert np.isnan(mean_keypoint_score(np.full((1, 4), np.nan))).all()


def test_empty_in_empty_out():
    assert mean_keypoint_score(np.zeros((0, 10))).shape == (0,)
