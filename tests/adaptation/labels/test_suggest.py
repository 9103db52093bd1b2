"""Doubt ranks frames, and copies of a suggested frame are not suggested again."""

import cv2
import numpy as np
import pytest

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.labels.suggest import frame_doubts, pick_diverse, suggest_frames
from surgtools.prediction.results import Instance

POINTS = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])


def instance(score, keypoint_score=1.0):
    scores = np.full(5, keypoint_score)
    return Instance(1, np.array([30.0, 10, 70, 90]), score, POINTS, scores, np.ones(5))


@pytest.fixture
def proposals_of(proposals_of):
    """In which views agree."""

    def agreeing(per_frame):
        proposals = proposals_of(per_frame)
        proposals.statistics["view_disagreement"] = np.zeros(len(proposals))
        return proposals

    return agreeing


def test_doubts_by_hand(proposals_of):
    """A third of: an undecided score, and keypoints of score 0.1."""
    frames = [[instance(1.0)], [instance(0.4)], [], [instance(1.0, 0.1)]]
    doubts, reasons = frame_doubts(proposals_of(frames), range(4))
    np.testing.assert_allclose(doubts, [0, 1 / 3, 0.4, 0.9 / 3])
    assert reasons[1:] == ["box score is undecided", "nothing found", "keypoints are unsure"]


def test_a_weak_proposal_counts_less_than_one_that_is_reported(proposals_of):
    """Score 0.1 of 0.35: views that disagree are worth 2/7 of a third, with half the score's."""
    weak, strong = [instance(0.1)], [instance(1.0)]
    proposals = proposals_of([weak, strong, weak + strong])
    proposals.statistics["view_disagreement"][:] = 0.5
    doubts, reasons = frame_doubts(proposals, range(3))
    np.testing.assert_allclose(doubts, [(1 + 0.5) / 3 * 2 / 7, 1 / 3, 1 / 3])
    assert reasons == ["views disagree"] * 3


def test_what_has_no_keypoints_is_doubted_by_its_score(proposals_of):
    proposals = proposals_of([[instance(0.4)]])
    for name in ("view_disagreement", "keypoint_score"):
        proposals.statistics[name][:] = np.nan
    assert frame_doubts(proposals, range(1))[0] == pytest.approx(1 / 3)


def test_copies_come_last():
    features = np.array([[0.0], [0.0], [10.0], [11.0]])
    assert pick_diverse(np.array([1.0, 0.99, 0.5, 0.4]), features, 3) == [0, 2, 3]
    assert pick_diverse(np.array([1.0, 0.99, 0.5, 0.4]), features, 2) == [0, 2]
    assert pick_diverse(np.zeros(0), np.zeros((0, 1)), 3) == []
    assert len(pick_diverse(np.ones(4), features, 9)) == 4


def test_suggestions_name_file_and_reason(tmp_path, proposals_of):
    (tmp_path / "in").mkdir()
    for number in range(6):
        image = np.full((30, 30, 3), 40 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"in/{number}.png"), image)
    pool, _ = collect_frames([str(tmp_path / "in")], tmp_path / "pool", held_out_share=0)
    assert pool.indices(held_out=True) == []
    frames = [[instance(1.0)]] * 5 + [[instance(0.4)]]
    first = suggest_frames(pool, proposals_of(frames), 2)[0]
    assert first.file.endswith("5.png") and first.doubt == 0.3333 and "undecided" in first.reason
