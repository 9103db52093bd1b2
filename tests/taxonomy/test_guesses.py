"""Pairs and axes from names, and names that are none."""

import pytest

from surgtools.taxonomy.guesses import guess_axis, guess_swaps


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left_eye", "right_eye"),
        ("LeftEye", "RightEye"),
        ("eye_left", "eye_right"),
        ("L_Eye", "R_Eye"),
        ("forelegL1", "forelegR1"),
        ("paw-l", "paw-r"),
        ("Nearfrontfoot", "Offfrontfoot"),
    ],
)
def test_sides_are_found(left, right):
    assert guess_swaps(("nose", right, left)) == ((left, right),)


@pytest.mark.parametrize("names", [("Lip", "Rip"), ("left_eye", "right_ear"), ("tail", "trail")])
def test_other_names_are_no_pairs(names):
    assert guess_swaps(names) == ()


def test_an_axis_needs_both_ends():
    names = ("handle_end", "left_tip", "right_tip")
    swaps = guess_swaps(names)
    assert guess_axis(names, swaps) == (("handle_end",), ("left_tip", "right_tip"))
    assert guess_axis(("left_tip", "right_tip"), swaps) == ((), ())
