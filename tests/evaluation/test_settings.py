"""Settings as they are used and written."""

from surgtools.evaluation.settings import EvaluationSettings

PLAIN = {"annotations": [{"id": 1}]}
FLAGGED = {"annotations": [{"id": 1, "certain_left_right": True}]}


def test_either_side_follows_the_ground_truth_unless_said():
    assert not EvaluationSettings().uses_either_side(PLAIN)
    assert EvaluationSettings().uses_either_side(FLAGGED)
    assert not EvaluationSettings(either_side=False).uses_either_side(FLAGGED)
    assert EvaluationSettings(either_side=True).uses_either_side(PLAIN)


def test_every_setting_and_sigma_is_written():
    written = EvaluationSettings(score_thr=0.4).to_dict(FLAGGED)
    assert written["score_thr"] == 0.4 and written["either_side"] is True
    assert list(written["sigmas"]["needle_holder"])[0] == "joint"
