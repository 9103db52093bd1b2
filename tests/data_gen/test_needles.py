"""Needles: they sit in the jaws, and go where the instrument goes."""

from dataclasses import replace

import numpy as np
import pytest

from data_gen.assets import Assets
from data_gen.bodies import sample_body
from data_gen.needles import carried, sample_needle
from data_gen.presets import load_preset, to_namespace
from data_gen.scene import sample_scene


def holder(seed=0):
    return sample_body(np.random.default_rng(seed), "0", "needle_holder", [0.0, 0.0], 1.0)


@pytest.mark.parametrize("seed", range(6))
def test_a_needle_runs_through_the_jaws_and_has_a_thread(seed):
    body = holder(seed)
    needle = sample_needle(np.random.default_rng(seed), body)
    tip = body.keypoints[[2, 4]].mean(axis=0)
    wire, thread = (part.vertices for part in needle.parts)
    assert np.linalg.norm(wire - tip, axis=1).min() < 0.008
    assert 0.008 < np.ptp(wire, axis=0).max() < 0.03
    between = np.linalg.norm(thread[:, None] - wire[None], axis=-1).min()
    assert between < 0.004 and np.isfinite(thread).all()
    assert needle.category_id is None and needle.kind == "needle"


def test_a_needle_goes_where_the_instrument_goes():
    body = holder()
    pose = np.eye(4)
    pose[:3, 3] = [0.1, 0.2, 0.3]
    needle = carried(sample_needle(np.random.default_rng(0), body), replace(body, pose=pose))
    assert (needle.pose == pose).all()


def test_held_needle_holders_have_one_where_the_preset_says_so():
    for share, expected in ((1.0, 1), (0.0, 0)):
        given = {"count_weights": {1: 1}, "kind_weights": {"needle_holder": 1}}
        given |= {"floating_share": 1.0, "needle_share": share}
        preset = to_namespace(load_preset("held", {"instruments": given, "hands": {"share": 1.0}}))
        scene = sample_scene(np.random.default_rng(2), preset, Assets())
        assert sum(body.kind == "needle" for body in scene.others) == expected
