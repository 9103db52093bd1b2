"""Types of numbers on the command line, each with the range it must lie in.

``parser.add_argument("--epochs", type=whole("[1, inf)"))`` refuses 0 and text in one line. A range
is written as in mathematics: ``[0, 1)`` holds 0, not 1. Nothing but a finite number is taken.
"""

import argparse
import math
import re
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def whole(interval: str) -> Callable[[str], int]:
    """The type of a flag that takes a whole number in the interval."""
    return _number(int, interval, "a whole number")


def real(interval: str) -> Callable[[str], float]:
    """The type of a flag that takes a number in the interval."""
    return _number(float, interval, "a finite number")


def pair(sign: str) -> Callable[[str], tuple[int, int]]:
    """The type of a flag that takes two whole numbers with a sign between, such as ``640x480``."""

    def convert(text: str) -> tuple[int, int]:
        match = re.fullmatch(rf"(\d+){re.escape(sign)}(\d+)", text)
        if not match:
            raise argparse.ArgumentTypeError(
                f"{text}: two whole numbers with `{sign}` between are expected"
            )
        return int(match[1]), int(match[2])

    return convert


def _number(kind: Callable[[str], Number], interval: str, what: str) -> Callable[[str], Number]:
    match = re.fullmatch(r"([\[(])(\S+), (\S+)([\])])", interval)
    low, high = float(match[2]), float(match[3])
    with_low, with_high = match[1] == "[", match[4] == "]"
    expected = _words(low, high, with_low, with_high)

    def convert(text: str) -> Number:
        try:
            value = kind(text)
            is_number = math.isfinite(value)
        except ValueError:
            is_number = False
        if not is_number:
            raise argparse.ArgumentTypeError(f"{text}: {what} is expected")
        above = low < value or (with_low and value == low)
        below = value < high or (with_high and value == high)
        if not (above and below):
            raise argparse.ArgumentTypeError(f"{text}: {expected} is expected")
        return value

    return convert


def _words(low: float, high: float, with_low: bool, with_high: bool) -> str:
    if high == math.inf:
        return f"{low:g} or more" if with_low else f"more than {low:g}"
    if with_low:
        return f"from {low:g} to {'' if with_high else 'below '}{high:.10g}"
    return f"more than {low:g} and {'at most' if with_high else 'less than'} {high:.10g}"
