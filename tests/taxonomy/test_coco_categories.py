"""A taxonomy from COCO's ``categories``: what is guessed, told, and refused."""

import json
from pathlib import Path

import pytest

from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.coco_categories import from_coco_categories

SKELETONS = Path(__file__).resolve().parents[3] / "shared/assets/skeletons"


def read(rows, counts=None):
    return from_coco_categories(rows, "made up", "made_up.json", counts)


def test_the_two_instruments_are_recognised():
    assert read(SURGICAL.to_coco_categories()) == (SURGICAL, [])


def test_pairs_are_guessed_from_the_names_and_told():
    row = {"id": 5, "name": "person", "keypoints": ["nose", "left_eye", "right_eye"]}
    taxonomy, guesses = read([row])
    assert taxonomy.get(5).swaps == (("left_eye", "right_eye"),)
    assert taxonomy.get(5).image_sides is False
    assert [(g.category, g.part) for g in guesses] == [("person", "swaps")]


@pytest.mark.parametrize(
    ("skeleton", "bones"),
    [
        ([[1, 2], [2, 3]], (("a", "b"), ("b", "c"))),
        ([[0, 1], [1, 2]], (("a", "b"), ("b", "c"))),
    ],
)
def test_a_bone_to_zero_says_that_the_file_counts_from_zero(skeleton, bones):
    taxonomy, _ = read([{"id": 1, "name": "x", "keypoints": list("abc"), "skeleton": skeleton}])
    assert taxonomy.get(1).skeleton == bones


def test_bones_to_nowhere_are_left_out_and_told():
    row = {"id": 1, "name": "x", "keypoints": ["a", "b"], "skeleton": [[1, 2], [1, 5]]}
    taxonomy, guesses = read([row])
    assert taxonomy.get(1).skeleton == (("a", "b"),)
    assert guesses[0].value == [[1, 5]]


def test_names_are_made_up_where_the_file_has_none():
    taxonomy, guesses = read([{"id": 1, "name": "x"}], {1: 2})
    assert taxonomy.get(1).keypoints == ("keypoint_1", "keypoint_2")
    assert guesses[0].part == "keypoints"


def test_more_keypoints_than_names_are_refused():
    with pytest.raises(InputError, match=r"made_up.json: .* lists 1 keypoints, .* have 3"):
        read([{"id": 1, "name": "x", "keypoints": ["a"]}], {1: 3})


@pytest.mark.parametrize(
    "row",
    [{"name": "x"}, {"id": "one", "name": "x"}, {"id": 1, "name": ["x"]}, {"id": [], "name": "x"},
     {"id": 1, "name": {}}, {"id": 1, "name": "x", "keypoints": [["a"]]}, "x", None],
)  # fmt: skip
def test_broken_categories_are_named(row):
    with pytest.raises(InputError, match="made_up.json: category"):
        read([row])


@pytest.mark.skipif(not SKELETONS.is_dir(), reason="the shared skeletons are not here")
@pytest.mark.parametrize(
    ("name", "num_categories", "num_slots", "num_pairs"),
    [
        ("coco/test_coco", 1, 17, 8),
        ("ap10k/test_ap10k", 54, 17, 7),
        ("crowdpose/test_crowdpose", 1, 14, 6),
        ("humanart/test_humanart", 1, 17, 8),
        ("fly/test_fly", 1, 32, 14),
        ("horse10/test_horse10", 1, 22, 6),
        ("deepfasion2/deepfasion2", 1, 294, 0),
    ],
)
def test_public_files_are_read(name, num_categories, num_slots, num_pairs):
    content = json.loads((SKELETONS / f"{name}.json").read_text())
    counts = {a["category_id"]: len(a["keypoints"]) // 3 for a in content["annotations"]}
    taxonomy, _ = from_coco_categories(content["categories"], name, name, counts)
    assert len(taxonomy.categories) == num_categories
    assert taxonomy.num_slots == num_slots
    assert len(taxonomy.categories[0].swaps) == num_pairs
