"""The recipe of adaptation, number by number."""

import math

import pytest

from surgtools.configs.adaptation_recipe import (
    pseudo_label_hook,
    replay,
    schedule,
    teacher_hook,
    teacher_momentum,
)


def test_the_teacher_keeps_a_quarter_of_a_percent_of_its_start():
    momentum = teacher_momentum(epochs=6, epoch_length=480, batch_size=16)  # 6 x 30 steps
    assert momentum == pytest.approx(6 / 180)
    assert (1 - momentum) ** 180 == pytest.approx(math.exp(-6), abs=4e-4)
    assert teacher_momentum(1, 8, 4) == 0.5  # never more: 6 / 2 steps would overshoot
    assert teacher_hook(momentum)["update_buffers"] is True


def test_the_schedule_warms_up_and_ends_at_a_twentieth():
    warm_up, cosine = schedule(2e-4, 6)
    assert (warm_up["by_epoch"], warm_up["end"]) == (False, 10)
    assert cosine["eta_min"] == pytest.approx(1e-5) and cosine["T_max"] == 6


def test_labelled_data_is_replayed_through_the_same_pipeline():
    dataset = {"type": "D", "ann_file": "a.json", "pipeline": [{"type": "GenerateTarget"}]}
    data = replay(dataset, "pose", length=96)
    assert data["dataset"]["ann_file"] == "a.json" and "ann_file" not in data["pseudo"]
    assert data["dataset"]["pipeline"] == data["pseudo"]["pipeline"]
    assert data["length"] == 96 and len(dataset["pipeline"]) == 1


def test_the_hook_finds_what_adapt_left():
    hook = pseudo_label_hook("pose", "OUT/work")
    assert hook["pool"] == "OUT/work/pool"
    assert hook["proposer"]["pose2d_weights"] == "OUT/work/start/pose.pth"
