from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_gen.instruments.described import Described, Hinge, Point, default_turn
from data_gen.instruments.model import Part
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL


def described():
    vertices = np.array([[0, 0, 0], [0, 0.1, 0], [0.01, 0, 0]])
    return Described(
        path=Path("own.yaml"),
        category=SURGICAL.get("tweezers"),
        parts=[Part("left_arm", vertices, [(0, 1, 2)], "steel")],
        turns=[-0.5],
        keypoints={n: Point(np.zeros(3)) for n in SURGICAL.get("tweezers").keypoints},
        hinge=Hinge(np.zeros(3), np.array([0.0, 0, 1])),
        opening=(0.0, 0.3, 0.0),
    )


def test_a_complete_description_passes():
    assert described().check().category.name == "tweezers"


def test_a_part_that_stays_needs_no_hinge():
    assert replace(described(), hinge=None, turns=[0.0]).check()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parts": []}, "own.yaml: has no mesh"),
        ({"hinge": None}, "own.yaml: part 'left_arm' turns but there is no hinge"),
        ({"opening": (0.5, 0.1, 0.0)}, "own.yaml: opening runs from 28.65 down to 5.73 degrees"),
        ({"keypoints": {}}, "own.yaml: keypoints handle_end, left_arm.* are missing"),
    ],
)
def test_what_cannot_be_used_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        replace(described(), **changes).check()


def test_names_tell_how_a_part_turns():
    assert default_turn("left_jaw") == default_turn("Left-half") == -0.5
    assert default_turn("right") == 0.5
    assert default_turn("shaft") == default_turn("leftover") == 0.0
