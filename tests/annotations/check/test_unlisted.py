"""Categories that only annotations have: named in one line, and added by ``data check --fix``."""

import json

import pytest

from surgtools.annotations.check import find_problems
from surgtools.annotations.check.repair import repair
from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.annotations.foreign_taxonomy import read_foreign_taxonomy
from surgtools.annotations.split import split_file
from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.cli import main
from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy

FROG = {"id": 1, "name": "frog", "keypoints": ["left_eye", "right_eye"], "skeleton": [[1, 2]]}
BIRD = {**FROG, "id": 2, "name": "bird"}


def content(*category_ids, categories=(FROG, BIRD), count=2):
    rows = [
        {"id": n, "image_id": 1, "category_id": key, "bbox": [1, 1, 9, 9], "area": 81,
         "iscrowd": 0, "num_keypoints": count, "keypoints": [2 + n, 3, 2] * count}
        for n, key in enumerate(category_ids)
    ]  # fmt: skip
    image = {"id": 1, "file_name": "a.jpg", "width": 20, "height": 20}
    return {"images": [image], "categories": list(categories), "annotations": rows}


def gather(content):
    found = UnlistedCategories(content["categories"])
    return found, [found.take(row) for row in content["annotations"]]


def test_annotations_of_categories_that_are_not_listed_are_gathered():
    found, taken = gather(content(1, 4, 4, True, 2.0, -3))
    assert taken == [False, True, True, False, False, False]
    assert found.describe(4) == (
        "2 annotations have category_id 4, which `categories` does not list; it lists "
        "1 'frog', 2 'bird'"
    )


def test_a_broken_list_says_nothing():
    assert gather(content(4, categories=[FROG, {"name": "bird"}]))[1] == [False]


@pytest.mark.parametrize(
    ("changes", "keypoints"),
    [
        ({}, ["left_eye", "right_eye"]),
        ({"count": 3}, ["keypoint_1", "keypoint_2", "keypoint_3"]),
        ({"count": 0}, []),
        ({"categories": [FROG, {**BIRD, "keypoints": ["a", "b"]}]}, ["keypoint_1", "keypoint_2"]),
    ],
)
def test_the_keypoints_are_those_of_the_others_where_these_agree(changes, keypoints):
    (row,) = gather(content(4, **changes))[0].rows()
    assert (row["id"], row["name"], row["keypoints"]) == (4, "category_4", keypoints)


def test_a_taxonomy_that_has_the_id_gives_the_entry():
    fish = Category(4, "fish", ("left_eye", "right_eye"))
    (row,) = gather(content(4))[0].rows(Taxonomy("animals", (fish,)))
    assert row == fish.to_category()


def test_the_mended_list_is_sound():
    given = content(1, 2, 4)
    taxonomy = Taxonomy("two", tuple(Category(c["id"], c["name"], tuple(c["keypoints"]),
                                              skeleton=(("left_eye", "right_eye"),))
                                     for c in (FROG, BIRD)))  # fmt: skip
    problems = find_problems(given, "a.json", taxonomy)
    assert [p.code for p in problems] == ["category-unlisted"]
    mended, counts = repair(given, problems, taxonomy)
    assert counts == {"category-unlisted": 1}
    assert [row["name"] for row in mended["categories"]] == ["frog", "bird", "category_4"]
    assert mended["annotations"] == given["annotations"]


def test_every_command_says_it_and_the_mended_file_passes(tmp_path, capsys):
    path = tmp_path / "train/coco_keypoints.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content(1, 2, 4)))
    assert main(["data", "check", str(path), "--no-pictures"]) == 1
    assert "1 annotation has category_id 4, which `categories`" in capsys.readouterr().out
    with pytest.raises(InputError, match="category_id 4, .*data check FILE --fix NEW.json"):
        find_taxonomy(tmp_path, even=True)
    with pytest.raises(InputError, match="category_id 4, .*data check FILE --fix NEW.json"):
        split_file(path, tmp_path / "parts", (0.5, 0.5), parts=("train", "val"))
    assert not (tmp_path / "parts").exists()
    for argv in (["init", str(tmp_path), "--out-dir", str(tmp_path / "start")],
                 ["data", "split", str(path), "--out-dir", str(tmp_path / "parts")]):  # fmt: skip
        assert main(argv) == 2
        assert capsys.readouterr().err.count("\n") == 1
    taxonomy, guesses = read_foreign_taxonomy(path)
    assert taxonomy.classes == ("frog", "bird", "category_4")
    assert guesses[0].category == "category_4" and "only annotations have it" in guesses[0].part
    mended = tmp_path / "mended/coco_keypoints.json"
    assert main(["data", "check", str(path), "--no-pictures", "--fix", str(mended)]) == 1
    assert "left in" in (said := capsys.readouterr().out) and "nothing" in said
    assert main(["data", "check", str(mended), "--no-pictures"]) == 0
    assert find_taxonomy(mended, even=True)[0].classes == ("frog", "bird", "category_4")


def test_a_list_behind_the_annotations_and_one_of_another_part_are_found(tmp_path):
    given = content(1, 4)
    last = {key: given[key] for key in ("images", "annotations", "categories")}
    for part in ("train", "val"):
        (tmp_path / part).mkdir()
    (tmp_path / "train/coco_keypoints.json").write_text(json.dumps(last))
    other = content(4, categories=[{**FROG, "id": 4, "name": "fish"}])
    (tmp_path / "val/coco_keypoints.json").write_text(json.dumps(other))
    taxonomy, _ = find_taxonomy(tmp_path, even=True, complete=True)
    assert taxonomy.classes == ("frog", "bird", "fish")
