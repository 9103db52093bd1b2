"""Clutter: objects of plausible size that stand on the ground."""

import numpy as np
import pytest

from data_gen.clutter import CLUTTER, sample_clutter
from surgtools.errors import InputError


@pytest.mark.parametrize("kind", CLUTTER)
def test_every_kind_stands_on_the_ground_and_fits_on_a_table(kind):
    for seed in range(5):
        thing = sample_clutter(kind, np.random.default_rng(seed))
        low, high = thing.vertices.min(axis=0), thing.vertices.max(axis=0)
        assert low[2] == pytest.approx(0, abs=0.012)
        assert 0.001 < (high - low).max() < 0.5
        assert max(max(face) for face in thing.faces) < len(thing.vertices)
        assert 0 <= thing.color.min() and thing.color.max() <= 1


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(InputError, match="'spoon' is unknown; expected box"):
        sample_clutter("spoon", np.random.default_rng(0))
