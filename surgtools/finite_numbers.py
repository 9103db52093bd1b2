"""Take numbers out of a JSON file that somebody else may have written."""

from typing import Any

import numpy as np

from surgtools.errors import InputError

LARGEST = 1e9
"""No pixel and no second is beyond; larger numbers overflow on their way into space."""


def finite_numbers(values: Any, count: int, where: str) -> np.ndarray:
    """(count,) finite numbers of pixels, seconds or the like.

    Args:
        values: a number or lists of them, as deep as they like.
        where: what the message names.

    Raises:
        InputError: there are more or fewer, or one is none.
    """
    try:
        numbers = np.array(values, dtype=float).reshape(-1)
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    if len(numbers) != count or not (np.abs(numbers) < LARGEST).all():
        what = "1 number below 1e9 is" if count == 1 else f"{count} numbers below 1e9 are"
        raise InputError(f"{where}: {what} expected; predict again")
    return numbers
