"""Clamps: a needle holder's build with jaws that no needle holder has, and no label."""

import numpy as np
import pytest

from data_gen.instruments.clamp import sample_clamp
from data_gen.instruments.needle_holder import sample_needle_holder


def clamp(pattern, seed=0):
    return sample_clamp(np.random.default_rng(seed), {"pattern": pattern})


@pytest.mark.parametrize("pattern", ["haemostat", "towel_clamp"])
def test_clamps_are_never_labelled_but_can_be_held(pattern):
    model = clamp(pattern)
    assert model.name == pattern and model.category_id is None and model.ringed
    assert model.articulate(0.1).keypoints is None
    assert model.held_points(0.1).shape == (5, 3)


def test_a_haemostats_jaws_are_long_and_slim():
    shares = [clamp("haemostat", seed).shape.jaw_share for seed in range(20)]
    others = [sample_needle_holder(np.random.default_rng(s)).shape.jaw_share for s in range(20)]
    assert np.mean(shares) > np.mean(others) + 0.05


def test_a_towel_clamps_hooks_leave_a_gap_and_meet_at_their_points():
    model = clamp("towel_clamp", 2)
    hooks = [p for p in model.articulate(0.0).parts if p.name.endswith("hook")]
    assert [p.name for p in hooks] == ["left_hook", "right_hook"]
    left = hooks[0].vertices
    point = left[left[:, 1].argmax()]
    assert abs(point[0]) < 0.002
    assert left[:, 0].max() > 0.005


def test_both_patterns_are_drawn():
    names = {sample_clamp(np.random.default_rng(seed)).name for seed in range(20)}
    assert names == {"haemostat", "towel_clamp"}
