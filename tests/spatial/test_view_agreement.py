from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.space_tracks import instruments_in_space
from surgtools.spatial.view_files import Moment, ViewFile
from surgtools.spatial.view_matching import Seen
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)
COUNT = 9


@pytest.fixture
def pictures(rig, camera, placed) -> list[ViewFile]:
    """Nine scenes of a holder, each elsewhere and leaning otherwise, as every camera sees them."""
    rng = np.random.default_rng(1)
    scenes = [
        1000 * placed(camera, rng.uniform(-0.7, 0.7)) + rng.uniform(-80, 80, 3)
        for _ in range(COUNT)
    ]
    views = []
    for own in rig:
        moments = []
        for n, points in enumerate(scenes):
            pixels = own.project(points) + rng.normal(0, 2, (5, 2))
            seen = Seen(HOLDER, pixels[HOLDER.order_sides(pixels)], *np.ones((2, 5)))
            moments.append(Moment(None, f"{n:03d}", [seen]))
        views.append(ViewFile(Path(f"{own.name}.json"), SURGICAL, moments, False))
    return views


def exchanged(view: ViewFile, order) -> ViewFile:
    """The same names, each with what another picture shows."""
    moments = [
        replace(moment, instances=view.moments[i].instances)
        for moment, i in zip(view.moments, order, strict=True)
    ]
    return replace(view, moments=moments)


def test_views_of_the_same_moments_are_taken_without_a_word(rig, pictures):
    moments, doubts = instruments_in_space(rig, pictures)
    assert doubts == [] and sum(len(moment.instances) for moment in moments) == COUNT


@pytest.mark.parametrize("count", [2, 3])
def test_pictures_of_other_moments_are_refused(rig, pictures, count):
    views = pictures[:count]
    views[-1] = exchanged(views[-1], np.roll(np.arange(COUNT), 1))
    with pytest.raises(
        InputError, match="not of the same moments, two cameras are exchanged, or the rig"
    ) as told:
        instruments_in_space(rig[:count], views)
    # With three views the two that agree are not blamed.
    assert ("left.json" in str(told.value)) == (count == 2)
    assert str(views[-1].path) in str(told.value)


def test_a_few_wrong_pictures_are_named(rig, pictures):
    pictures[1] = exchanged(pictures[1], [1, 2, 3, 0, 4, 5, 6, 7, 8])
    _, doubts = instruments_in_space(rig[:2], pictures[:2])
    assert doubts == [
        "left.json and right.json: 5 of 9 instruments that another view shows as well "
        "meet it in space; look at 000, 001, 002, 003"
    ]


def test_one_view_given_twice_is_refused(rig, pictures):
    again = replace(pictures[0], path=Path("again.json"))
    with pytest.raises(InputError, match=r"again\.json: shows to the pixel what left\.json shows"):
        instruments_in_space(rig[:2], [pictures[0], again])


def test_views_that_show_nothing_in_common_are_told_of(rig, pictures):
    empty = [replace(moment, instances=[]) for moment in pictures[1].moments]
    moments, doubts = instruments_in_space(
        rig[:2], [pictures[0], replace(pictures[1], moments=empty)]
    )
    assert not any(moment.instances for moment in moments)
    assert "left.json and right.json: no two views ever show" in doubts[0]
