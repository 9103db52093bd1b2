"""Numbers of the command line: both sides of every limit, and what a user reads."""

import argparse

import pytest

from surgtools.cli.ranges import pair, real, whole


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        ("[0, 1)", ["0", "0.999"], ["-0.001", "1"]),
        ("(0, 1]", ["0.001", "1"], ["0", "1.001"]),
        ("[1, inf)", ["1", "1e9"], ["0.999", "inf", "nan", "-inf"]),
        ("(0, inf)", ["1e-9"], ["0", "inf"]),
    ],
)
def test_both_sides_of_the_limits(interval, inside, outside):
    convert = real(interval)
    assert [convert(text) for text in inside] == [float(text) for text in inside]
    for text in outside:
        with pytest.raises(argparse.ArgumentTypeError, match=f"^{text}: .* is expected$"):
            convert(text)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (whole("[1, inf)"), "0", "0: 1 or more is expected"),
        (whole("[0, 9]"), "2.5", "2.5: a whole number is expected"),
        (whole("[0, 9]"), "10", "10: from 0 to 9 is expected"),
        (real("[0, 1)"), "1", "1: from 0 to below 1 is expected"),
        (real("(0, 1)"), "1", "1: more than 0 and less than 1 is expected"),
        (real("(0, 1]"), "0", "0: more than 0 and at most 1 is expected"),
        (real("[0, inf)"), "inf", "inf: a finite number is expected"),
        (real("(0, 1)"), "x", "x: a finite number is expected"),
        (real("(0, inf)"), "0", "0: more than 0 is expected"),
        (pair("x"), "640", "640: two whole numbers with `x` between are expected"),
        (pair("/"), "1/", "1/: two whole numbers with `/` between are expected"),
    ],
)
def test_the_message_says_what_is_expected(kind, text, message):
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        kind(text)
    assert str(caught.value) == message


def test_pairs_are_two_numbers():
    assert pair("x")("640x480") == (640, 480)
