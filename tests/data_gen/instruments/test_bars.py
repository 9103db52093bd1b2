import numpy as np
import pytest

from data_gen.instruments.bars import sample_bar


@pytest.mark.parametrize("pattern", ["probe", "retractor", "hook", "clip"])
def test_a_bar_is_named_after_its_pattern(pattern):
    model = sample_bar(np.random.default_rng(0), {"pattern": pattern})
    assert model.name == pattern
    assert model.category_id is None


def test_a_retractor_leaves_the_plane_and_a_probe_does_not():
    depth = {}
    for pattern in ("probe", "retractor"):
        ranges = {"pattern": pattern, "bend_angle": 2.0, "bend_radius": 0.012}
        model = sample_bar(np.random.default_rng(0), ranges)
        depth[pattern] = model.articulate(0.0).parts[0].vertices[:, 2].min()
    # the end of an arc of 2 rad: radius * (cos 2 - 1) = -0.017
    assert depth["retractor"] < -0.015 < depth["probe"]
