"""Numbers of a file, and what is none."""

import pytest

from surgtools.errors import InputError
from surgtools.finite_numbers import finite_numbers


def test_nested_lists_become_one_row():
    assert finite_numbers([[1, 2], [3, 4.5]], 4, "a.json").tolist() == [1, 2, 3, 4.5]
    assert finite_numbers(7, 1, "a.json").tolist() == [7]


@pytest.mark.parametrize(
    "values", [[1], [1, 2, 3], [1, [2]], ["left", 1], [1, None], [1, float("nan")], [1, 1e250]]
)
def test_anything_else_is_refused(values):
    with pytest.raises(InputError, match="a.json: bbox: 2 numbers below 1e9 are expected"):
        finite_numbers(values, 2, "a.json: bbox")
