import numpy as np
import pytest

from data_gen.materials import sample_look


def test_looks_differ_by_seed_and_repeat_by_seed():
    first, again, other = (sample_look(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_finish_narrows_its_ranges():
    polished = [sample_look(np.random.default_rng(s), {"finish": "polished"}) for s in range(20)]
    worn = [sample_look(np.random.default_rng(s), {"finish": "worn"}) for s in range(20)]
    assert max(look.roughness for look in polished) < min(look.roughness for look in worn)


def test_scratches_that_no_pixel_resolves_blur_reflections_instead():
    look = sample_look(np.random.default_rng(1), {"scratches": 0.08, "scratch_pitch": 0.0002})
    assert look.seen_at(0.00005) == look
    far = look.seen_at(0.001)
    # (0.0002 / 0.002)^2 = 0.01 of the scratches remain
    assert far.scratches == pytest.approx(0.0008)
    assert far.roughness == pytest.approx(look.roughness + 0.0792)
