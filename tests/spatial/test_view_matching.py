import numpy as np
import pytest

from surgtools.spatial.triangulation import triangulate
from surgtools.spatial.view_matching import Seen, match_views, miss
from surgtools.taxonomy import SURGICAL


@pytest.fixture
def two(rig, camera, placed) -> list[np.ndarray]:
    """Two holders in the frame of the rig, millimeters."""
    return [
        1000 * placed(camera, tilt) + shift for tilt, shift in ((0.3, -40), (-0.4, [50, 30, 20]))
    ]


def views_of(rig, instruments, category_id=1):
    category = SURGICAL.get(category_id)
    views = []
    for camera in rig:
        pixels = [camera.project(points) for points in instruments]
        views.append(
            [Seen(category, p[category.order_sides(p)], *np.ones((2, 5))) for p in pixels]
        )
    return views


def test_instances_are_matched_whatever_their_order(rig, two):
    views = views_of(rig, two)
    views[1].reverse()
    groups = match_views(rig, views)
    assert [sorted(group) for group in groups] == [[0, 1, 2], [0, 1, 2]]
    for group in groups:
        assert miss(rig, group).max() < 0.01
    first = triangulate(rig, np.array([groups[0][i].pixels for i in range(3)]))
    assert min(np.abs(first - points).max() for points in two) < 0.01


def test_sides_that_views_name_differently_are_brought_together(rig, two):
    views = views_of(rig, two[:1])
    views[1][0] = views[1][0].swapped(np.array([0, 3, 2, 1, 4]))  # the handles alone
    (group,) = match_views(rig, views)
    assert miss(rig, group).max() < 0.01


def test_other_categories_and_other_places_are_not_matched(rig, two):
    holder, tweezers = views_of(rig, two[:1]), views_of(rig, two[:1], category_id=2)
    assert match_views(rig, [holder[0], tweezers[1], []]) == []
    elsewhere = views_of(rig, [two[0] + [0, 60, 0]])
    assert match_views(rig, [holder[0], elsewhere[1], []]) == []
    assert match_views(rig, [[], [], []]) == []


def test_an_instrument_in_one_view_is_left_out(rig, two):
    views = views_of(rig, two)
    views[1], views[2] = views[1][:1], views[2][:1]
    (group,) = match_views(rig, views)
    assert sorted(group) == [0, 1, 2]
