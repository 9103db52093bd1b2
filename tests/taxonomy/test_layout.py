"""The union layout of any categories: own slots, shared slots, no slots; and round trips."""

import importlib

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

PAIR = Category(id=7, name="pair", keypoints=("left_end", "right_end"))
BOX = Category(id=3, name="box")
CHAIN = Category(id=90, name="chain", keypoints=tuple("abcdefg"), skeleton=(("a", "b"),))
MADE_UP = Taxonomy("made up", (PAIR, BOX, CHAIN))


def animals(*names: str) -> Taxonomy:
    parts = {"keypoints": ("left_eye", "right_eye"), "swaps": (("left_eye", "right_eye"),)}
    return Taxonomy("animals", tuple(Category(i, name, **parts) for i, name in enumerate(names)))


def test_labels_follow_the_order_and_ids_need_not():
    assert MADE_UP.classes == ("pair", "box", "chain")
    assert [MADE_UP.label_of(i) for i in (7, 3, 90)] == [0, 1, 2]
    assert [MADE_UP.category_of(label) for label in range(3)] == [7, 3, 90]


def test_a_category_without_keypoints_owns_no_slot():
    assert MADE_UP.num_slots == 9
    assert MADE_UP.slots_of(3) == slice(2, 2)
    assert MADE_UP.slots_of(90) == slice(2, 9)
    assert MADE_UP.to_union(np.ones((4, 0, 3)), 3).sum() == 0


@pytest.mark.parametrize("category", MADE_UP.categories, ids=lambda c: c.name)
def test_union_and_back_is_the_same(category):
    rng = np.random.default_rng(1)
    own = rng.normal(size=(5, category.num_keypoints, 3))
    union = MADE_UP.to_union(own, category.id)
    assert union.shape == (5, 9, 3)
    np.testing.assert_array_equal(MADE_UP.from_union(union, category.id), own)
    assert np.count_nonzero(union) == own.size


def test_categories_of_the_same_keypoints_share_their_slots():
    herd = animals("cat", "dog", "cow")
    assert herd.num_slots == 2
    assert herd.slots_of(0) == herd.slots_of(2) == slice(0, 2)
    assert herd.union_keypoints == ("cat.left_eye", "cat.right_eye")
    assert herd.union_flip_indices == [1, 0]


def test_same_names_with_other_pairs_are_not_shared():
    unpaired = Category(9, "fish", ("left_eye", "right_eye"))
    both = Taxonomy("both", (*animals("cat").categories, unpaired))
    assert both.num_slots == 4
    assert both.union_flip_indices == [1, 0, 2, 3]


def test_flipping_twice_changes_nothing():
    flip = np.array(SURGICAL.union_flip_indices)
    np.testing.assert_array_equal(flip[flip], np.arange(SURGICAL.num_slots))
    assert (flip != np.arange(SURGICAL.num_slots)).sum() == 8


def test_unknown_categories_name_the_known_ones():
    with pytest.raises(InputError, match="category 5 is unknown; .* 7 pair, 3 box, 90 chain"):
        MADE_UP.get(5)


def test_the_host_reads_the_metainfo():
    importlib.import_module("surgtools.register")  # before the host
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    info = parse_pose_metainfo(animals("cat", "dog").to_metainfo())
    assert info["num_keypoints"] == 2
    assert list(info["flip_indices"]) == [1, 0]
