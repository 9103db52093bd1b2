import pytest

from surgtools.evaluation.track_scores import ScoredVideo, TrackScores, score_tracks


def row(track_id: int, x: float = 0.0, keypoint: float = 10.0, category_id: int = 1) -> dict:
    """One instance whose five keypoints all lie at (keypoint, 10)."""
    return {
        "track_id": track_id,
        "category_id": category_id,
        "bbox": [x, 0, 100, 50],
        "keypoints": [keypoint, 10, 2] * 5,
    }


def test_truth_as_prediction_is_perfect():
    frames = [[row(1), row(2, x=300)] for _ in range(4)]
    scores = score_tracks([ScoredVideo(frames, frames, seconds=30)])
    assert scores == TrackScores(1.0, 0, 0.0, 1.0, 0.0, 0.0)


def test_a_track_that_changes_its_id_once_by_hand():
    truth = [[row(1)] for _ in range(10)]
    found = [[row(5 if t < 6 else 6)] for t in range(10)]
    scores = score_tracks([ScoredVideo(truth, found, seconds=30)])
    # track 5 covers 6 frames: 2 * 6 / (10 + 10); one switch in half a minute
    assert scores.idf1 == pytest.approx(0.6)
    assert (scores.id_switches, scores.switches_per_minute) == (1, pytest.approx(2))


def test_coming_back_under_another_id_is_a_switch_and_a_gap_is_none():
    truth = [[row(1)] for _ in range(5)]
    assert (
        score_tracks([ScoredVideo(truth, [[row(5)], [], [], [], [row(5)]], 60)]).id_switches == 0
    )
    assert (
        score_tracks([ScoredVideo(truth, [[row(5)], [], [], [], [row(6)]], 60)]).id_switches == 1
    )


def test_ids_that_trade_places_are_two_switches():
    truth = [[row(1), row(2, x=300)]] * 4
    swapped = [[row(7), row(8, x=300)]] * 2 + [[row(8), row(7, x=300)]] * 2
    scores = score_tracks([ScoredVideo(truth, swapped, 60)])
    assert scores.id_switches == 2
    assert scores.idf1 == pytest.approx(0.5)  # each found track is right in 2 of its 4 frames
    assert scores.recall == 1


def test_a_pair_is_kept_while_it_overlaps_even_if_another_box_fits_better():
    truth = [[row(1)]] * 2
    found = [[row(5)], [row(5, x=20), row(6)]]  # IoU 80 / 120 with the old id, 1 with the new
    scores = score_tracks([ScoredVideo(truth, found, 60)])
    assert scores.id_switches == 0
    assert scores.idf1 == pytest.approx(2 * 2 / (2 + 3))


def test_another_category_or_place_is_no_pair():
    truth = [[row(1)]]
    assert score_tracks([ScoredVideo(truth, [[row(1, category_id=2)]], 1)]).recall == 0
    assert score_tracks([ScoredVideo(truth, [[row(1, x=60)]], 1)]).idf1 == 0  # IoU 40 / 160


def test_jitter_is_what_does_not_follow_the_instrument():
    truth = [[row(1, keypoint=10 + t * t)] for t in range(5)]  # the instrument accelerates
    offset = [[row(1, keypoint=13 + t * t)] for t in range(5)]
    scores = score_tracks([ScoredVideo(truth, offset, 1)])
    assert (scores.keypoint_px, scores.jitter_px) == (pytest.approx(3), pytest.approx(0))
    trembling = [[row(1, keypoint=10 + t * t + (-1) ** t)] for t in range(5)]
    # errors 1 -1 1: second difference 1 + 2 + 1
    assert score_tracks([ScoredVideo(truth, trembling, 1)]).jitter_px == pytest.approx(4)


def test_keypoints_without_a_label_do_not_count():
    truth = row(1)
    truth["keypoints"] = [10, 10, 2] + [0, 0, 0] * 4
    scores = score_tracks([ScoredVideo([[truth]], [[row(1, keypoint=14)]], 1)])
    assert scores.keypoint_px == pytest.approx(4)


def test_nothing_there_and_nothing_found():
    assert score_tracks([]) == TrackScores(None, 0, 0.0, None, None, None)
    assert score_tracks([ScoredVideo([[]], [[]], 1)]).idf1 is None
    assert score_tracks([ScoredVideo([[]], [[row(1)]], 1)]).idf1 == 0


def test_videos_are_scored_together_and_their_ids_apart():
    truth = [[row(1)]] * 3
    first, second = (ScoredVideo(truth, [[row(i)]] * 3, 30) for i in (1, 2))
    scores = score_tracks([first, second])
    assert (scores.idf1, scores.id_switches) == (1.0, 0)
