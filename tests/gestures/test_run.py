"""Training learns what can be learnt, and nothing else."""

import pytest

CHANCE = 0.12
"""Above the commonest label's share, as much as a few videos may lie off by luck."""


@pytest.mark.slow
def test_scripted_gestures_are_learnt_and_labels_shuffled_in_time_are_not(scripted, tmp_path):
    small = {"channels": 32, "layers": 5, "stages": 2}
    scores = {
        kind: scripted.trial(tmp_path / kind, kind, 12, 40, 0, **small)
        for kind in ("clean", "shuffled")
    }
    clean, shuffled = scores["clean"], scores["shuffled"]
    assert clean["frame_accuracy"] > clean["most_frequent"] + 0.4
    assert shuffled["frame_accuracy"] < shuffled["most_frequent"] + CHANCE
