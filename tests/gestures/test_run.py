"""Training learns what can be learnt, and nothing else."""

LUCK = 0.15
"""What a few videos may lie off chance by."""


def test_scripted_gestures_are_learnt_and_labels_shuffled_in_time_are_not(scripted, tmp_path):
    small = {"channels": 16, "layers": 5, "stages": 1, "dropout": 0.0}
    scores = {
        kind: scripted.trial(tmp_path / kind, kind, 10, 50, 0, **small)
        for kind in ("clean", "shuffled")
    }
    for path in tmp_path.rglob("predictions.json"):
        path.unlink()  # tests of smaller files look at its form, which takes long for these
    clean, shuffled = scores["clean"], scores["shuffled"]
    assert clean["frame_accuracy"] > clean["most_frequent"] + 0.3, scores
    assert shuffled["frame_accuracy"] < shuffled["most_frequent"] + LUCK, scores
