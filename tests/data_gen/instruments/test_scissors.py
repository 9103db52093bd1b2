import numpy as np
import pytest

from data_gen.instruments.scissors import sample_scissors


@pytest.mark.parametrize("seed", range(6))
def test_closed_blades_lie_on_each_other(seed):
    model = sample_scissors(np.random.default_rng(seed), {"curved": 0.0})
    parts = {part.name: part.vertices for part in model.articulate(0.0).parts}
    front = [parts[f"{side}_half"] for side in ("left", "right")]
    blades = [vertices[vertices[:, 1] > 0.02] for vertices in front]
    low, high = sorted(blades, key=lambda v: v[:, 2].mean())
    assert low[:, 2].max() < high[:, 2].min()
    assert low[:, 0].max() > high[:, 0].min() and high[:, 0].max() > low[:, 0].min()


def test_metzenbaum_is_longer_in_the_shank_than_mayo():
    shares = {
        pattern: np.mean(
            [
                sample_scissors(np.random.default_rng(i), {"pattern": pattern}).shape.blade_share
                for i in range(10)
            ]
        )
        for pattern in ("mayo", "metzenbaum")
    }
    assert shares["metzenbaum"] < shares["mayo"]


def test_tips_bent_downwards_touch_the_table_together_with_the_rings():
    model = sample_scissors(np.random.default_rng(1), {"curved": 1.0, "curve": 0.4})
    every = np.concatenate([part.vertices for part in model.articulate(0.0).parts])
    for rest in model.rest_rotations():
        z, y = (every @ rest.T)[:, 2], every[:, 1]
        floor = z.min()
        assert z[y < 0].min() - floor < 1e-3
