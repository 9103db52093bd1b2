"""Each rule against numbers worked out by hand, and the side rule against metainfo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surgtools.annotations.check.categories import plan_categories
from surgtools.annotations.check.geometry import (
    SIDE_TOLERANCE,
    bad_visibility,
    box_excess,
    exchanged_sides,
    outside_box,
    outside_image,
    placed_unlabelled,
    repeated,
)
from surgtools.annotations.check.row_arrays import read_arrays
from surgtools.annotations.stream import TABLES, Row
from surgtools.metainfo import INSTRUMENTS, order_sides, side_offsets
from surgtools.taxonomy import SURGICAL


def points(*rows) -> np.ndarray:
    return np.array([rows], dtype=float)


def test_visibility_is_0_1_or_2():
    assert bad_visibility(points([1, 1, 0], [1, 1, 2])).tolist() == [False]
    assert bad_visibility(points([1, 1, 3])).tolist() == [True]
    assert bad_visibility(points([1, 1, 0.5])).tolist() == [True]


def test_unlabelled_keypoints_have_no_place():
    assert placed_unlabelled(points([0, 0, 0], [5, 5, 1])).tolist() == [False]
    assert placed_unlabelled(points([0, 3, 0])).tolist() == [True]


@pytest.mark.parametrize(
    ("x", "outside"), [(-1.0, False), (-1.1, True), (100, False), (100.1, True)]
)
def test_a_pixel_beyond_the_edge_is_rounding(x, outside):
    assert outside_image(points([x, 5, 2]), np.array([[100, 50]]))[0, 0] == outside


def test_unlabelled_and_unknown_places_are_not_outside():
    assert not outside_image(points([500, 500, 0]), np.array([[100, 50]])).any()


def test_keypoint_may_leave_its_box_by_three_pixels_or_two_percent():
    small, large = np.array([[10, 10, 30, 40]]), np.array([[10, 10, 300, 400]])
    assert outside_box(points([6.9, 20, 2]), small)[0, 0]  # diagonal 50: 3 px
    assert not outside_box(points([7, 20, 2]), small)[0, 0]
    assert not outside_box(points([0, 20, 2]), large)[0, 0]  # diagonal 500: 10 px
    assert not outside_box(points([0, 20, 0]), small)[0, 0]


def test_box_excess_is_the_farthest_side():
    sizes = np.array([[100, 50]] * 3)
    boxes = np.array([[0, 0, 100, 50], [-3, 0, 10, 10], [90, 45, 12, 12]], dtype=float)
    assert box_excess(boxes, sizes).tolist() == [0, 3, 7]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), instrument=st.sampled_from(INSTRUMENTS))
def test_side_rule_agrees_with_metainfo(data, instrument):
    number = st.floats(0, 400, width=32)
    xy = data.draw(st.lists(st.tuples(number, number), min_size=5, max_size=5))
    keypoints = np.array([[[x, y, 2] for x, y in xy]], dtype=float)
    order = order_sides(keypoints[0], instrument.id)
    offsets = side_offsets(keypoints[0], instrument.id)
    wrong = exchanged_sides(keypoints, instrument)[0]
    for exchanged, (left, right) in zip(wrong, instrument.swaps, strict=True):
        i, j = instrument.index(left), instrument.index(right)
        if exchanged:
            assert order[i] == j
        elif order[i] == j:
            length = np.linalg.norm(
                keypoints[0, [instrument.index(n) for n in instrument.tips], :2].mean(axis=0)
                - keypoints[0, [instrument.index(n) for n in instrument.base], :2].mean(axis=0)
            )
            allowed = max(SIDE_TOLERANCE[0], SIDE_TOLERANCE[1] * length)
            assert offsets[i] - offsets[j] <= allowed + 1e-6


def test_sides_that_are_not_labelled_are_not_judged():
    tweezers = SURGICAL.get("tweezers")
    upright = points([50, 90, 2], [60, 50, 2], [70, 10, 2], [40, 50, 2], [30, 10, 2])
    assert exchanged_sides(upright, tweezers).tolist() == [[True, True]]
    upright[0, 3, 2] = 0  # right_arm
    assert exchanged_sides(upright, tweezers).tolist() == [[False, True]]
    upright[0, 0, 2] = 0  # handle_end starts the axis
    assert exchanged_sides(upright, tweezers).tolist() == [[False, False]]


def table_of(content):
    plans, _ = plan_categories(content["categories"], "a")
    rows = [Row(table, value, "") for table in TABLES for value in content[table]]
    return read_arrays(rows, plans, "a").annotations[1], plans[1]


def test_copies_are_found_however_many_stand_between(content):
    rows = content["annotations"]
    copy = {**rows[0], "id": 90, "keypoints": [v + 0.5 for v in rows[0]["keypoints"]]}
    copy["keypoints"][2::3] = rows[0]["keypoints"][2::3]
    rows.append(copy)
    table, _ = table_of(content)
    assert repeated(table).tolist() == [-1] * 6 + [0]
    rows[-1]["image_id"] = 4
    assert repeated(table_of(content)[0]).tolist() == [-1] * 7
