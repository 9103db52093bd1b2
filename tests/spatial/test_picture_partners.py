from pathlib import PurePath

import pytest

from surgtools.spatial.picture_partners import picture_partners


def partners(first: list[str], other: list[str]) -> list[int | None]:
    return picture_partners([PurePath(p) for p in first], [PurePath(p) for p in other])


def test_pictures_of_a_name_of_their_own_meet_whatever_their_folders():
    assert partners(["left/x", "left/y"], ["far/right/y", "far/right/z"]) == [None, 0]
    assert partners(["x", "y"], ["y", "x"]) == [1, 0]
    assert partners([], ["x"]) == []


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("left/{}/000", "right/{}/000"),
        ("{}/left/000", "{}/right/000"),
        ("{}/000", "a/deep/folder/{}/000"),
    ],
)
def test_pictures_of_one_name_meet_by_their_folders(here, there):
    first = [here.format(scene) for scene in ("s1", "s2", "s3")]
    other = [there.format(scene) for scene in ("s3", "s1", "s2")]
    assert partners(first, other) == [1, 2, 0]


def test_a_near_folder_weighs_more_than_a_far_one():
    assert partners(["x/s1/000"], ["x/s2/000", "y/s1/000"]) == [1]


def test_a_picture_is_used_once():
    assert partners(["l/s1/000", "l/s2/000"], ["r/s2/000"]) == [None, 0]


def test_pictures_that_nothing_tells_apart_have_no_partner():
    assert partners(["a/000", "b/000"], ["c/000", "d/000"]) == [None, None]
    assert partners(["a/000"], ["a/000", "a/000"]) == [None]
