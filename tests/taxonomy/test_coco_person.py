"""The person of the package is that of COCO and MMPose, and its sides belong to the body."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
from pycocotools.cocoeval import Params

from surgtools.taxonomy import COCO_PERSON
from surgtools.taxonomy.coco_categories import from_coco_categories
from surgtools.taxonomy.files import read_taxonomy

PERSON = COCO_PERSON.categories[0]


def test_it_is_that_of_the_host():
    home = Path(importlib.util.find_spec("mmpose").submodule_search_locations[0])
    host = read_taxonomy(home / ".mim/configs/_base_/datasets/coco.py").categories[0]
    assert replace(host, name="person", supercategory="person") == PERSON


def test_the_sigmas_are_those_of_the_scorer():
    np.testing.assert_allclose(PERSON.sigmas, Params("keypoints").kpt_oks_sigmas, rtol=1e-12)


def test_it_is_found_by_name_and_recognised_in_data():
    assert read_taxonomy("coco_person") is COCO_PERSON
    turned = replace(PERSON, keypoints=PERSON.keypoints[::-1], sigmas=PERSON.sigmas[::-1])
    for known in (PERSON, replace(PERSON, id=4), turned):
        taxonomy, guesses = from_coco_categories([known.to_category()], "x", "x.json")
        assert taxonomy.categories == (known,)
        assert guesses == []


def test_a_person_with_other_keypoints_is_another_category():
    row = PERSON.to_category() | {"keypoints": [*PERSON.keypoints[:-1], "left_toe"]}
    taxonomy, _ = from_coco_categories([row], "x", "x.json")
    assert set(taxonomy.categories[0].sigmas) == {0.05}


def test_sides_do_not_follow_the_picture():
    """Seen from behind, the left shoulder is on the viewer's left: both are right."""
    front = np.zeros((17, 2))
    front[:, 0] = [1 if name.startswith("left") else -1 for name in PERSON.keypoints]
    for keypoints in (front, front * (-1, 1)):
        assert PERSON.order_sides(keypoints).tolist() == list(range(17))


def test_a_flip_exchanges_all_pairs():
    flipped = [PERSON.keypoints[index] for index in PERSON.flip_indices]
    assert flipped[0] == "nose"
    assert all({a[:4], b[:4]} == {"left", "righ"} for a, b in
               zip(PERSON.keypoints[1:], flipped[1:], strict=True))  # fmt: skip
    assert COCO_PERSON.union_flip_indices == PERSON.flip_indices
