import numpy as np

from data_gen.instruments.tweezers_shape import sample_tweezers_shape


def drawn(pattern):
    return [
        sample_tweezers_shape(np.random.default_rng(seed), {"pattern": pattern})
        for seed in range(20)
    ]


def test_a_pattern_has_its_own_proportions():
    assert max(s.neck_share for s in drawn("adson")) < min(s.neck_share for s in drawn("dressing"))
    assert min(s.length for s in drawn("debakey")) >= 0.150
    assert {s.pattern for s in drawn("toothed")} == {"toothed"}


def test_given_ranges_win_over_the_patterns():
    shape = sample_tweezers_shape(
        np.random.default_rng(0), {"pattern": "debakey", "length": [0.12, 0.12]}
    )
    assert shape.length == 0.12


def test_stepped_tweezers_open_wide():
    assert min(s.widest for s in drawn("stepped")) >= 0.24
