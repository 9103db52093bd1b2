"""A script tells its gestures in an order that makes sense, each with the state of every tick."""

import numpy as np

from surgtools.gesture_script import script

KNOWN = {"", "pick_up", "grasp_needle", "drive", "pull_through", "tie", "put_down"}


def test_clips_begin_with_picking_up_and_end_with_putting_down():
    for seed in range(5):
        parts = script(np.random.default_rng(seed))
        labels = [label for label, _ in parts if label]
        assert labels[0] == "pick_up" and labels[-1] == "put_down" and "tie" in labels
        assert {label for label, _ in parts} <= KNOWN
        for before, after in zip(labels, labels[1:], strict=False):
            assert after != "drive" or before in ("grasp_needle", "pull_through")
            assert after != "pull_through" or before == "drive"


def test_every_part_has_states_and_a_seed_tells_one_story():
    one, again = (script(np.random.default_rng(3)) for _ in range(2))
    assert all(len(states) >= 4 for _, states in one)
    for (_, states), (_, others) in zip(one, again, strict=True):
        assert all((a["holder"] == b["holder"]).all() for a, b in zip(states, others, strict=True))
