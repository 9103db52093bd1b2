"""The suturing bench: pictures of a table that differ by seed, with drawn papers on it."""

import numpy as np
import pytest

from data_gen.backgrounds import BACKGROUNDS, sample_surface
from data_gen.bench_surfaces import draw_bench


@pytest.mark.parametrize("seed", range(4))
def test_a_bench_is_a_picture_and_the_seed_decides(seed):
    first, again, other = (
        draw_bench(np.random.default_rng(s), 96) for s in (seed, seed, seed + 9)
    )
    assert first.shape == (96, 96, 3) and np.isfinite(first).all()
    assert (first == again).all() and np.abs(first - other).mean() > 0.01


def test_there_is_something_to_suture_in_the_middle():
    for seed in range(6):
        picture = draw_bench(np.random.default_rng(seed), 128)
        corner = picture[:6, :6].reshape(-1, 3).mean(axis=0)
        middle = picture[40:88, 40:88]
        assert np.abs(middle - corner).mean() > 0.03


def test_presets_know_it_by_name():
    assert "bench" in BACKGROUNDS
    picture = sample_surface(np.random.default_rng(0), {"bench": 1}, 64)
    assert picture.min() >= 0 and picture.max() <= 1
