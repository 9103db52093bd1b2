"""Times start at the file's start and go forward, whatever the stamps do."""

import pytest

from surgtools.prediction.frame_clock import FrameClock


def times(stamps, start=None, step=0.04, end=None, may_jump=False):
    clock = FrameClock(start, step, end, may_jump)
    return [clock(stamp) for stamp in stamps]


def test_own_times_are_kept():
    assert times([0, 0.04, 0.2, 0.21, 60.0], start=0) == [0, 0.04, 0.2, 0.21, 60.0]


def test_without_any_stamp_frames_follow_each_other():
    assert times([None] * 3) == pytest.approx([0, 0.04, 0.08])


def test_a_file_that_starts_at_ten_hours_starts_at_0():
    assert times([36001.4, 36001.44], start=36001.4) == pytest.approx([0, 0.04])
    assert times([36001.4, 36001.44]) == pytest.approx([0, 0.04])


def test_frames_after_the_sound_has_begun_keep_their_delay():
    assert times([11.0, 11.04], start=10.0, end=5.0) == pytest.approx([1.0, 1.04])


def test_a_stamp_before_the_start_is_the_start():
    assert times([-0.5, -0.46], start=0) == pytest.approx([0, 0.04])


def test_stamps_that_begin_late_go_on_where_the_others_ended():
    assert times([None, None, 100.0, 100.04]) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_stamp_given_twice_lies_between_its_neighbors():
    given = times([0, 0.04, 0.04, 0.08], start=0)
    assert given == pytest.approx([0, 0.04, 0.06, 0.08])


def test_after_a_jump_back_time_goes_on():
    assert times([0, 8.0, 0.0, 0.04], start=0) == pytest.approx([0, 8.0, 8.04, 8.08])


def test_a_jump_forward_counts_where_stamps_may_start_anew_and_no_pause_else():
    assert times([0, 500.0], start=0, may_jump=True) == pytest.approx([0, 0.04])
    assert times([0, 500.0], start=0) == [0, 500.0]


def test_a_stamp_far_behind_the_end_of_the_file_is_wrong():
    assert times([0, 90_000.0, 90_000.04], start=0, end=2.0) == pytest.approx([0, 0.04, 0.08])
    assert times([90_000.0, 90_000.04], start=0, end=2.0) == pytest.approx([0, 0.04])
