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


def test_metzenbaum_has_longer_shanks_and_slimmer_blades_than_mayo():
    def blade(pattern, seed):
        """Share of the length that is blade, and width half way to the tips over that length."""
        model = sample_scissors(np.random.default_rng(seed), {"pattern": pattern, "curved": 0.0})
        tip = model.shape.length * model.shape.blade_share
        points = np.concatenate([part.vertices for part in model.articulate(0.0).parts])
        middle = points[np.abs(points[:, 1] - tip / 2) < 0.002]
        return model.shape.blade_share, np.ptp(middle[:, 0]) / tip

    share, width = np.mean([[blade(p, i) for i in range(10)] for p in ("mayo", "metzenbaum")], 1).T
    assert share[0] > 1.2 * share[1]
    assert width[0] > 1.1 * width[1]


def test_tips_bent_downwards_touch_the_table_together_with_the_rings():
    model = sample_scissors(np.random.default_rng(1), {"curved": 1.0, "curve": 0.4})
    every = np.concatenate([part.vertices for part in model.articulate(0.0).parts])
    for rest in model.rest_rotations():
        z, y = (every @ rest.T)[:, 2], every[:, 1]
        floor = z.min()
        assert z[y < 0].min() - floor < 1e-3
