import numpy as np

from data_gen.materials import sample_look


def test_looks_differ_by_seed_and_repeat_by_seed():
    first, again, other = (sample_look(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_finish_narrows_its_ranges():
    polished = [sample_look(np.random.default_rng(s), {"finish": "polished"}) for s in range(20)]
    worn = [sample_look(np.random.default_rng(s), {"finish": "worn"}) for s in range(20)]
    assert max(look.roughness for look in polished) < min(look.roughness for look in worn)
