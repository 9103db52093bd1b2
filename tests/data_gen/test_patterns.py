"""Patterns: noise of known spread, blots of known place and size."""

import numpy as np
import pytest

from data_gen.patterns import blob_mask, noise


def test_noise_has_unit_deviation():
    values = noise(np.random.default_rng(0), 128, 4)
    assert values.mean() == pytest.approx(0, abs=1e-3)
    assert values.std() == pytest.approx(1, abs=1e-3)


def test_a_blot_lies_at_its_center_and_has_its_radius():
    center = np.array([0.25, 0.75])
    mask = blob_mask(np.random.default_rng(1), 200, 0.1, 0.01, center, wavy=0.0) > 0.5
    y, x = np.nonzero(mask)
    assert (x.mean() / 200, y.mean() / 200) == pytest.approx((0.25, 0.75), abs=0.01)
    # an ellipse of half axes 20 and 10 to 20 pixels
    assert np.pi * 20 * 10 * 0.95 < mask.sum() < np.pi * 20 * 20 * 1.05


def test_wavy_outlines_differ_from_ellipses():
    masks = [
        blob_mask(np.random.default_rng(1), 200, 0.2, 0.01, np.full(2, 0.5), wavy)
        for wavy in (0.0, 0.4)
    ]
    assert np.abs(masks[0] - masks[1]).sum() > 0.1 * masks[0].sum()
