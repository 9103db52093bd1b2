"""Outlines of instruments on paper have the shapes of instruments."""

import numpy as np

from data_gen.printed_outlines import printed_instrument


def test_outlines_are_closed_and_as_long_as_an_instrument():
    kinds = set()
    for seed in range(30):
        body, rings = printed_instrument(np.random.default_rng(seed))
        kinds.add(len(rings))
        assert len(body) == 2
        for outline in body + rings:
            assert np.allclose(outline[0], outline[-1])
        points = np.concatenate(body + rings)
        assert 0.9 < np.ptp(points[:, 1]) < 1.1
        assert np.ptp(points[:, 0]) < 0.7
    assert kinds == {0, 2, 4}  # tweezers, rings of one line, rings of two


def test_rings_hang_on_the_rear_of_their_halves():
    for seed in range(30):
        body, rings = printed_instrument(np.random.default_rng(seed))
        for number, ring in enumerate(rings):
            half = body[number * 2 // len(rings)]
            gap = np.linalg.norm(half[:, None] - ring[None], axis=2).min()
            assert gap < 0.03, seed
            assert ring[:, 1].mean() < -0.3
