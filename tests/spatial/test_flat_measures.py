import numpy as np
import pytest

from surgtools.spatial.flat_measures import gap_per_length, opening_shown
from surgtools.taxonomy import SURGICAL, Category

HOLDER = SURGICAL.get(1)
POINTS = np.array([[0, 0], [-20, 80], [-30, -40], [20, 80], [30, -40]], float)


def test_opening_and_gap_of_a_drawn_holder():
    """Tips at 3-4-5 triangles: 2 atan(3/4); 60 wide, from y = 80 to y = -40."""
    assert opening_shown(HOLDER, POINTS) == pytest.approx(2 * np.arctan(0.75))
    assert gap_per_length(HOLDER, POINTS) == pytest.approx(60 / 120)


def test_what_has_no_tips_has_no_opening():
    bar = Category(id=1, name="bar", keypoints=("a", "b"))
    assert opening_shown(bar, POINTS[:2]) is None
    assert gap_per_length(bar, POINTS[:2]) is None


def test_points_on_one_spot_have_none():
    assert opening_shown(HOLDER, np.zeros((5, 2))) is None
    assert gap_per_length(HOLDER, np.zeros((5, 2))) is None
