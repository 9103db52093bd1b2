"""Scores of segments, by hand."""

import pytest

from surgtools.gestures.metrics import edit_score, runs_of, score_segments


def test_truth_scores_1():
    told = list("aaabb") + ["none"] * 2
    scores = score_segments([told], [told])
    assert set(scores.values()) == {1.0}


def test_a_hand_counted_video():
    truth, found = list("aaaabbbbcc"), list("aaabbbbbba")
    # right: 3 + 4 + 0 of 10. Orders abc and aba: one exchange in three.
    # a: 3/4. b: 4/6. The last a has no partner, c is missed: 2 hits, 1 false, 1 missed: 4/6.
    scores = score_segments([truth], [found])
    assert scores["frame_accuracy"] == pytest.approx(0.7)
    assert scores["edit"] == pytest.approx(2 / 3)
    assert scores["F1@10"] == scores["F1@50"] == pytest.approx(4 / 6)


def test_overlap_decides_what_is_hit():
    truth, found = list("aaaaaaaaaa"), list("bbbbbbbaaa")  # overlap 0.3
    scores = score_segments([truth], [found])
    assert scores["F1@25"] == pytest.approx(2 / 3) and scores["F1@50"] == 0


def test_a_true_segment_is_hit_once():
    scores = score_segments([list("aaaaaa")], [list("aabaaa")])
    assert scores["F1@10"] == pytest.approx(2 * 1 / (2 + 2))


def test_no_gesture_is_no_segment():
    assert runs_of(["none", "a", "a", "none"]) == [("a", 1, 3)]
    assert edit_score([], []) == 1.0 and runs_of([]) == []


def test_what_overlaps_a_hit_segment_most_does_not_count_for_another_one():
    truth = ["a"] * 10 + ["none"] * 2 + ["a"] * 18
    found = ["a"] * 4 + ["none"] + ["a"] * 11 + ["none"] * 14
    # The second one shares 5/16 with the first true one, which is hit, and 4/25 with the other.
    scores = score_segments([truth], [found])
    assert scores["F1@10"] == pytest.approx(2 * 1 / (2 + 1 + 1))
