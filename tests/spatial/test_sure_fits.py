import numpy as np
import pytest

from surgtools.spatial.sure_fits import FAR, explains, second_finds
from surgtools.taxonomy import SURGICAL

HOLDER, TWEEZERS = SURGICAL.get(1), SURGICAL.get(2)
# joint, left handle, left tip, right handle, right tip; 300 by 400 pixels, hence of size 500
SHOWN = np.array([[250.0, 200], [100, 500], [210, 100], [400, 500], [290, 100]])
CLOSED = np.array([[250.0, 200], [100, 500], [240, 100], [400, 500], [260, 100]])


def test_a_pose_explains_up_to_a_share_of_the_size():
    assert explains(FAR * 500, SHOWN)
    assert not explains(FAR * 500 + 0.01, SHOWN)
    assert not explains(1.0, np.zeros((5, 2)))  # all in one place: nothing was found


def far_but(*kept: int, shown: np.ndarray = SHOWN) -> np.ndarray:
    """Another holder, with some keypoints where ``shown`` has them."""
    other = shown + [600, 40]
    other[list(kept)] = shown[list(kept)] + 3
    return other


def test_a_find_with_both_tips_of_one_that_fits_better_is_a_second_find():
    assert second_finds([HOLDER] * 2, [far_but(2, 4), SHOWN], [6.0, 2.0]) == {0}
    assert second_finds([HOLDER] * 2, [far_but(2, 4), SHOWN], [2.0, 6.0]) == {1}


def test_sides_may_have_other_names():
    swapped = SHOWN[HOLDER.flip_indices]
    assert second_finds([HOLDER] * 2, [SHOWN, swapped], [2.0, 3.0]) == {1}


def test_instruments_that_cross_in_one_keypoint_are_two():
    assert second_finds([HOLDER] * 2, [SHOWN, far_but(2)], [2.0, 6.0]) == set()
    assert second_finds([HOLDER] * 2, [SHOWN, far_but()], [2.0, 6.0]) == set()


def test_holders_that_touch_with_closed_jaws_are_two():
    touching = far_but(2, 4, shown=CLOSED)
    assert second_finds([HOLDER] * 2, [CLOSED, touching], [2.0, 6.0]) == set()


def test_categories_share_nothing():
    assert second_finds([HOLDER, TWEEZERS], [SHOWN, SHOWN], [2.0, 6.0]) == set()


def test_what_is_a_second_find_itself_takes_nothing_from_a_third():
    third = SHOWN + [600, 40]  # its handles are those of the second, its tips its own
    second = far_but(2, 4)
    assert second_finds([HOLDER] * 3, [third, second, SHOWN], [9.0, 6.0, 2.0]) == {1}


@pytest.mark.parametrize("number", [0, 1])
def test_few_instances_have_no_second(number):
    assert second_finds([HOLDER] * number, [SHOWN] * number, [1.0] * number) == set()
