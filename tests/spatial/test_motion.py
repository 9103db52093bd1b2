import numpy as np
import pytest

from surgtools.spatial.motion import (
    path_length,
    pieces,
    spectral_arc_length,
    speeds,
    time_moving,
    time_seen,
)

TIMES = np.arange(50) / 25
LINE = np.column_stack([3 * TIMES, 4 * TIMES, 0 * TIMES])


def test_a_straight_line_at_five_units_a_second():
    assert path_length(TIMES, LINE) == pytest.approx(5 * TIMES[-1])
    np.testing.assert_allclose(speeds(TIMES, LINE), 5)
    assert time_seen(TIMES) == pytest.approx(1.96)


def test_a_gap_adds_neither_way_nor_time():
    times = np.concatenate([TIMES, TIMES + 10])
    points = np.concatenate([LINE, LINE + 100])
    assert [p.stop - p.start for p in pieces(times)] == [50, 50]
    assert path_length(times, points) == pytest.approx(2 * 5 * TIMES[-1])
    assert time_seen(times) == pytest.approx(2 * 1.96)


def test_a_still_instrument_is_in_no_hand_however_noisy():
    rng = np.random.default_rng(0)
    assert time_moving(TIMES, rng.normal(0, 0.5, (50, 3)), 4.0) == 0
    assert time_moving(TIMES, 20 * LINE, 4.0) == pytest.approx(1.96, abs=0.1)


def test_a_jerky_movement_is_less_smooth():
    t = np.linspace(0, 2, 101)
    smooth = np.column_stack([10 * t**3 - 15 * t**4 + 6 * t**5, 0 * t]) / 10
    jerky = smooth + np.column_stack([0.02 * np.sin(2 * np.pi * 4 * t), 0 * t])
    easy, hard = spectral_arc_length(t, smooth), spectral_arc_length(t, jerky)
    assert hard < easy < -1
    assert spectral_arc_length(t, 1000 * smooth) == pytest.approx(easy)


def test_what_does_not_move_or_is_too_short_has_no_smoothness():
    assert spectral_arc_length(TIMES, np.zeros((50, 3))) is None
    assert spectral_arc_length(TIMES[:5], LINE[:5]) is None
    assert spectral_arc_length(np.zeros(0), np.zeros((0, 3))) is None
    assert time_seen(np.zeros(0)) == path_length(np.zeros(0), np.zeros((0, 3))) == 0


def test_a_minimum_jerk_movement_has_the_value_of_its_source():
    """The speed of a minimum-jerk movement, whose arc length the source gives as about -1.4."""
    t = np.linspace(0, 1, 101)
    way = 10 * t**3 - 15 * t**4 + 6 * t**5
    assert spectral_arc_length(t, way[:, None]) == pytest.approx(-1.41, abs=0.05)
