"""The lens of the generator: straight lines bend by hand-computed shares, and back."""

import numpy as np
import pytest

from surgtools.lens import bend, reach, straighten


def test_a_corner_stays_for_a_positive_k_and_moves_in_for_a_negative_one():
    corner = np.array([[3.0, 4.0]])  # half a diagonal of 5 away
    np.testing.assert_allclose(straighten(corner, 0.1, 5.0), corner)  # 1.1 / 1.1
    np.testing.assert_allclose(straighten(corner, -0.1, 5.0), 0.9 * corner)
    np.testing.assert_allclose(bend(0.9 * corner, -0.1, 5.0), corner, atol=1e-9)


@pytest.mark.parametrize("k", [-0.3, -0.05, 0.0, 0.2, 0.3])
def test_bending_undoes_straightening_all_over_the_picture(k):
    points = np.random.default_rng(0).uniform((-4, -3), (4, 3), (50, 2))
    points = np.concatenate([points, [(4, 3), (-4, 3), (4, -3), (3.9, 3)]])  # corners, too
    np.testing.assert_allclose(bend(straighten(points, k, 5.0), k, 5.0), points, atol=1e-6)


def test_what_lies_far_outside_stays_outside_of_a_barrel():
    far = np.array([[4.0, 3.0], [8.0, 6.0], [40.0, 30.0]])
    radii = np.hypot(*bend(far, -0.3, 5.0).T)
    assert (radii > 5).all() and (np.diff(radii) > 0).all()


def test_the_middle_stays_and_nothing_comes_of_nothing():
    assert bend(np.zeros((1, 2)), -0.2, 5.0).tolist() == [[0, 0]]
    assert bend(np.zeros((0, 2)), 0.2, 5.0).shape == straighten(np.zeros((0, 2)), 0.2, 5.0).shape


def test_a_barrel_folds_back_where_it_is_widest():
    radii = np.linspace(0, 2, 2001)
    bent = straighten(np.column_stack([radii, 0 * radii]), -0.2, 1.0)[:, 0]
    assert radii[bent.argmax()] == pytest.approx(reach(-0.2), abs=1e-3)
    assert reach(0.2) == reach(0.0) == np.inf
