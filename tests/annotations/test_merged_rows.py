"""Categories and keypoints of merged rows are matched by name; all else of a row stays."""

import copy
import json

import pytest

from surgtools.annotations.merge import merge_files
from surgtools.errors import InputError


def test_keypoints_and_categories_are_matched_by_name(content, merged):
    other = copy.deepcopy(content)
    for category in other["categories"]:
        category["id"] += 10
    other["categories"][1]["keypoints"] = ["left_tip", *content["categories"][1]["keypoints"][:2]]
    other["categories"][1]["keypoints"] += ["right_arm", "right_tip"]
    for image in other["images"]:
        image["file_name"] = f"other/{image['file_name']}"
    for a in other["annotations"]:
        a["category_id"] += 10
        if a["category_id"] == 12:
            a["keypoints"] = a["keypoints"][6:9] + a["keypoints"][:6] + a["keypoints"][9:]
    rows = merged(a=content, b=other)["annotations"]
    half = len(content["annotations"])
    for one, two in zip(rows[:half], rows[half:], strict=True):
        assert one["keypoints"] == two["keypoints"]
        assert one["category_id"] == two["category_id"]


def test_places_minus_1_and_minus_2_are_not_taken_for_equal(content, merged):
    other = {**content["annotations"][0], "id": 70, "bbox": [-2, 18, 24, 76]}
    content["annotations"][0]["bbox"] = [-1, 18, 24, 76]
    content["annotations"].append(other)
    assert len(merged(a=content)["annotations"]) == 13


def test_ids_inside_other_fields_are_left_alone(content, tmp_path):
    content["annotations"][0]["origin"] = {"id": 99, "image_id": 98}
    content["annotations"][1]["remark"] = 'a text with "id": 97 in it'
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    other = tmp_path / "b.json"
    other.write_text(json.dumps({**content, "images": [], "annotations": []}))
    merge_files([other, path], tmp_path / "m.json")
    merged = json.loads((tmp_path / "m.json").read_text())
    assert merged["annotations"][0]["origin"] == {"id": 99, "image_id": 98}
    assert merged["annotations"][1]["remark"] == 'a text with "id": 97 in it'


def _foreign(category_id, keypoints):
    category = {"id": category_id, "name": "clamp", "keypoints": keypoints}
    return {"images": [], "annotations": [], "categories": [category]}


def test_a_category_of_the_user_has_the_same_keypoints_in_every_file(merged):
    same = merged(a=_foreign(4, ["tip", "joint"]), b=_foreign(9, ["joint", "tip"]))
    assert [row["id"] for row in same["categories"]] == [4]
    with pytest.raises(InputError, match="category clamp has keypoints"):
        merged(a=_foreign(4, ["tip"]), b=_foreign(4, ["tip", "joint"]))


def test_two_categories_of_the_user_with_one_id_get_two(merged):
    other = _foreign(4, ["tip"])
    other["categories"][0]["name"] = "hook"
    both = merged(a=_foreign(4, ["tip"]), b=other)["categories"]
    assert [(row["id"], row["name"]) for row in both] == [(4, "clamp"), (5, "hook")]


def test_a_category_without_names_takes_those_of_the_taxonomy(make_content, merged):
    bare = make_content(videos=1, frames=1)
    bare["categories"][0]["keypoints"] = []
    named = make_content(videos=1, frames=1)
    one, other = merged(a=bare), merged(a=named)
    assert one["annotations"] == other["annotations"]
    assert one["categories"] == other["categories"]
