import numpy as np
import pytest

from surgtools.spatial.expected_noise import expected_noise, most_noise


def test_a_sure_keypoint_is_off_by_a_share_of_the_size():
    noise = expected_noise(500.0, np.array([0.25, 0.9]), np.ones(2))
    np.testing.assert_allclose(noise, 0.014 * 500)


def test_half_the_score_is_eight_times_the_error():
    assert expected_noise(500.0, np.array([0.125]), np.ones(1)) == pytest.approx(8 * 7.0)


def test_hidden_and_unsure_keypoints_are_off_by_no_more_than_the_instrument_is_large():
    noise = expected_noise(500.0, np.array([0.25, 0.01]), np.zeros(2))
    np.testing.assert_allclose(noise, [12 * 7.0, 150.0])
    assert most_noise(500.0) == 150.0


def test_small_instruments_have_errors_of_a_pixel_and_none_has_none():
    assert expected_noise(10.0, np.ones(1), np.ones(1)) == pytest.approx(0.7)
    assert expected_noise(10.0, np.zeros(0), np.zeros(0)).shape == (0,)
