"""The one translator between disk and memory, and the image-side rule."""

import importlib

import numpy as np
import pytest

from surgtools import metainfo
from surgtools.errors import InputError
from surgtools.metainfo import CLASSES, INSTRUMENTS, METAINFO, NUM_SLOTS, UNION_KEYPOINTS

RNG = np.random.default_rng(0)


def test_categories_and_keypoints_are_those_of_the_labels():
    assert [(i.id, i.name) for i in INSTRUMENTS] == [(1, "needle_holder"), (2, "tweezers")]
    assert INSTRUMENTS[0].keypoints == (
        "joint",
        "left_handle",
        "left_tip",
        "right_handle",
        "right_tip",
    )
    assert INSTRUMENTS[1].keypoints == (
        "handle_end",
        "left_arm",
        "left_tip",
        "right_arm",
        "right_tip",
    )


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.name)
def test_union_and_back_is_identity(instrument):
    keypoints = RNG.normal(size=(4, instrument.num_keypoints, 3))
    union = metainfo.to_union(keypoints, instrument.id)
    assert union.shape == (4, NUM_SLOTS, 3)
    np.testing.assert_array_equal(metainfo.from_union(union, instrument.id), keypoints)


def test_foreign_slots_are_empty():
    union = metainfo.to_union(np.ones((1, 5, 3)), 2)
    assert union[0, :5].sum() == 0
    assert union[0, 5:].sum() == 15


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.name)
def test_no_instances_stay_no_instances(instrument):
    empty = metainfo.to_union(np.zeros((0, instrument.num_keypoints, 3)), instrument.id)
    assert empty.shape == (0, NUM_SLOTS, 3)
    assert metainfo.from_union(empty, instrument.id).shape == (0, instrument.num_keypoints, 3)


def test_wrong_keypoint_count_is_refused():
    with pytest.raises(InputError, match=r"tweezers defines 5, hence \(N, 5, D\)"):
        metainfo.to_union(np.zeros((1, 6, 3)), 2)
    with pytest.raises(InputError, match=r"\(N, 10, ...\) is expected"):
        metainfo.from_union(np.zeros((1, 5, 3)), 2)


def test_union_names_are_unique_and_carry_their_category():
    assert len(set(UNION_KEYPOINTS)) == NUM_SLOTS == 10
    assert UNION_KEYPOINTS[2] == "needle_holder.left_tip"


def test_flip_permutation_is_its_own_inverse_and_stays_in_the_category():
    flip = np.array(metainfo.union_flip_indices())
    assert flip.tolist() == [0, 3, 4, 1, 2, 5, 8, 9, 6, 7]
    np.testing.assert_array_equal(flip[flip], np.arange(NUM_SLOTS))
    assert INSTRUMENTS[0].flip_indices == [0, 3, 4, 1, 2]


def needle_holder(rotation: float) -> np.ndarray:
    """Upright with tips up: handles below, everything named from the viewer's side."""
    upright = np.array([[0, 0], [-3, 6], [-1, -4], [3, 6], [1, -4]], float)
    c, s = np.cos(rotation), np.sin(rotation)
    return upright @ np.array([[c, -s], [s, c]]).T + 50


@pytest.mark.parametrize("rotation", np.linspace(0, 2 * np.pi, 9))
def test_sides_turn_with_the_instrument(rotation):
    keypoints = needle_holder(rotation)
    assert metainfo.order_sides(keypoints, 1).tolist() == [0, 1, 2, 3, 4]
    crossed = keypoints[[0, 3, 2, 1, 4]]  # handles named after the metal half
    assert metainfo.order_sides(crossed, 1).tolist() == [0, 3, 2, 1, 4]


def test_mirrored_image_swaps_the_sides_exactly():
    mirrored = needle_holder(0.7) * [-1, 1] + [200, 0]
    assert metainfo.order_sides(mirrored, 1).tolist() == INSTRUMENTS[0].flip_indices


def test_offset_is_the_distance_from_the_axis():
    offsets = metainfo.side_offsets(needle_holder(0.3), 1)
    np.testing.assert_allclose(offsets, [0, -3, -1, 3, 1], atol=1e-9)


def test_closed_jaws_keep_their_order():
    closed = np.array([[0, 0], [-3, 6], [0, -4], [3, 6], [0, -4]], float)
    assert metainfo.order_sides(closed, 1).tolist() == [0, 1, 2, 3, 4]


def test_axis_without_length_leaves_the_order():
    assert metainfo.order_sides(np.zeros((5, 2)), 2).tolist() == [0, 1, 2, 3, 4]


def test_disk_skeleton_counts_from_one():
    category = INSTRUMENTS[1].to_category()
    assert category["skeleton"] == [[1, 2], [2, 3], [1, 4], [4, 5]]
    assert category["name"] == CLASSES[1]


def test_host_reads_the_union_as_we_mean_it():
    pytest.importorskip("mmengine")
    importlib.import_module("surgtools.hosts.compat")  # before mmpose
    host = importlib.import_module("mmpose.datasets.datasets.utils")
    parsed = host.parse_pose_metainfo(dict(METAINFO))
    assert parsed["num_keypoints"] == NUM_SLOTS
    assert parsed["flip_indices"] == metainfo.union_flip_indices()
    assert len(parsed["skeleton_links"]) == 8
    np.testing.assert_allclose(parsed["sigmas"], 0.05)
