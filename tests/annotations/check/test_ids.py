"""Texts get codes of their own, numbers stay what they are."""

import numpy as np
import pytest

from surgtools.annotations.check.ids import TEXT_FROM, IdCodes


@pytest.mark.parametrize("value", [0, 1, -5, TEXT_FROM - 1, "1", "", "frame 7"])
def test_a_code_gives_the_id_back(value):
    codes = IdCodes()
    assert codes.decode(np.array([codes.encode(value)], dtype=np.int64)[0]) == value


def test_equal_texts_share_a_code_and_others_do_not():
    codes = IdCodes()
    assert codes.encode("a") == codes.encode("a")
    assert len({codes.encode(value) for value in ("a", "b", 1, "1")}) == 4
