import numpy as np
import pytest

from surgtools.prediction.results import Instance
from surgtools.prediction.smoothing import OneEuroFilter, Smoother


def run(values: np.ndarray, fps: float, **settings) -> np.ndarray:
    smooth = OneEuroFilter(**settings)
    return np.array([smooth(value, i / fps) for i, value in enumerate(values)])


def test_first_sample_passes_and_the_second_is_weighted_by_hand():
    smooth = OneEuroFilter(min_cutoff=1.0, beta=0.0)
    assert smooth(np.array([0.0]), 0.0).tolist() == [0]
    # cutoff 1 Hz, 0.1 s: weight 1 / (1 + 1 / (2 pi 0.1)) = 0.3859
    assert smooth(np.array([10.0]), 0.1)[0] == pytest.approx(3.859, abs=1e-3)


def test_jitter_at_rest_shrinks_and_the_mean_stays():
    noise = np.random.default_rng(0).normal(0, 0.004, (200, 5, 2))
    steady = run(0.5 + noise, fps=25)
    assert np.diff(steady[50:], axis=0).std() < 0.5 * np.diff(0.5 + noise[50:], axis=0).std()
    assert steady[50:].mean() == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("fps", [12.5, 25, 60])
def test_fast_motion_lags_by_less_than_a_fiftieth_of_the_instrument(fps):
    times = np.arange(int(2 * fps)) / fps
    path = np.stack([2 * times, np.zeros_like(times)], axis=1)[:, None]  # two lengths a second
    steady = run(path, fps)
    assert np.abs(steady - path).max() < 0.06
    assert np.abs(steady[-1] - path[-1]).max() < 0.02


def test_lag_does_not_depend_on_the_frame_rate():
    def lag(fps: float) -> float:
        times = np.arange(int(2 * fps)) / fps
        path = np.stack([times, times], axis=1)[:, None]
        return float(np.abs(run(path, fps)[-1] - path[-1]).max())

    assert lag(25) == pytest.approx(lag(60), rel=0.5)


def test_each_track_is_smoothed_on_its_own_and_untracked_pass():
    smoother = Smoother()
    ones = np.ones(5)

    def instance(x: float, track_id: int | None) -> Instance:
        keypoints = np.full((5, 2), x)
        return Instance(1, np.array([0, 0, 100, 100.0]), 0.9, keypoints, ones, ones, track_id)

    smoother.update([instance(0, 1), instance(500, 2)], 0.0)
    a, b, c = smoother.update([instance(1, 1), instance(501, 2), instance(9, None)], 0.04)
    assert 0 < a.keypoints[0, 0] < 1
    assert 500 < b.keypoints[0, 0] < 501
    assert c.keypoints[0, 0] == 9
