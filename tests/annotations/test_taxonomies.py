"""Where a dataset's taxonomy comes from, and what happens when two places disagree."""

import json
from pathlib import Path

import pytest

from surgtools.annotations.coco import load_coco, load_with_taxonomy
from surgtools.annotations.collected_categories import collect_categories
from surgtools.annotations.taxonomies import carry_taxonomy, find_taxonomy, require_same_categories
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.files import FILE_NAME, read_taxonomy, write_taxonomy

PAIR = {"id": 7, "name": "pair", "keypoints": ["left_end", "right_end"]}
BOX = {"id": 3, "name": "box"}


def write(folder, part, categories, annotations=()):
    path = folder / part / "coco_keypoints.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": n, "category_id": category_id, "keypoints": [1, 1, 2] * count}
        for n, (category_id, count) in enumerate(annotations)
    ]
    path.write_text(json.dumps({"categories": categories, "annotations": rows, "images": []}))
    return path


def test_nothing_gives_the_built_in_taxonomy(tmp_path):
    assert find_taxonomy(None) == (SURGICAL, [])
    assert find_taxonomy(tmp_path) == (SURGICAL, [])


def test_categories_of_all_parts_come_in_the_order_of_the_parts(tmp_path):
    write(tmp_path, "val", [BOX, PAIR])
    write(tmp_path, "train", [PAIR])
    taxonomy, guesses = find_taxonomy(tmp_path)
    assert taxonomy.classes == ("pair", "box")
    assert taxonomy.name == tmp_path.name
    assert [guess.part for guess in guesses] == ["swaps"]


def test_the_file_in_the_folder_comes_before_the_categories(tmp_path):
    path = write(tmp_path, "train", [PAIR])
    own = Taxonomy("own", (Category(7, "pair", ("left_end", "right_end"), sigmas=(0.1, 0.2)),))
    write_taxonomy(own, tmp_path / "taxonomy.yaml")
    assert find_taxonomy(tmp_path) == (own, [])
    assert find_taxonomy(path) == (own, [])


def test_the_file_that_is_given_comes_first(tmp_path):
    write(tmp_path, "train", [PAIR])
    write_taxonomy(Taxonomy("own", (Category(1, "x"),)), tmp_path / "taxonomy.yaml")
    given = Taxonomy("given", (Category(7, "pair", ("left_end", "right_end")), Category(8, "y")))
    write_taxonomy(given, tmp_path / "given.yaml")
    assert find_taxonomy(tmp_path, tmp_path / "given.yaml") == (given, [])


@pytest.mark.parametrize(
    ("category", "message"),
    [
        (Category(7, "couple", ("left_end", "right_end")), "category 'pair' is unknown"),
        (
            Category(8, "pair", ("left_end", "right_end")),
            "has id 7, .*says 8; .* with --taxonomy$",
        ),
        (Category(7, "pair", ("a", "b")), "has keypoints left_end, right_end; .* has a, b"),
        (Category(7, "pair", ("left_end",)), "has keypoints left_end, right_end"),
    ],
)
def test_a_file_that_contradicts_the_data_is_refused(tmp_path, category, message):
    write(tmp_path, "train", [PAIR], [(7, 2)])
    write_taxonomy(Taxonomy("own", (category,)), tmp_path / "own.yaml")
    with pytest.raises(InputError, match=message) as caught:
        find_taxonomy(tmp_path, tmp_path / "own.yaml")
    assert "\n" not in str(caught.value)


def test_an_id_that_is_none_is_left_to_the_reading(tmp_path):
    path = write(tmp_path, "train", [PAIR | {"id": [7]}], [(7, 2)])
    with pytest.raises(InputError, match=r"category .*'id': \[7\].* is broken"):
        find_taxonomy(path)


def test_parts_that_contradict_each_other_are_refused(tmp_path):
    write(tmp_path, "train", [PAIR])
    write(tmp_path, "val", [PAIR | {"keypoints": ["right_end", "left_end"]}])
    with pytest.raises(InputError, match="val.*category 'pair' is not the one"):
        collect_categories(tmp_path)


def test_data_of_other_categories_than_the_network_is_refused():
    own = Taxonomy("own", (Category(7, "pair", ("a", "b")),))
    require_same_categories(own, Taxonomy("renamed", own.categories), "x.json")
    other = Taxonomy("other", (Category(7, "pair", ("a", "c")),))
    with pytest.raises(InputError, match="x.json: category 7 pair with 2 keypoints, the network"):
        require_same_categories(own, other, "x.json")
    more = Taxonomy("more", (*own.categories, Category(8, "box")))
    with pytest.raises(InputError, match="holds box, which the network was not trained for"):
        require_same_categories(own, more, "x.json")


def test_what_is_made_of_a_dataset_gets_its_taxonomy_unless_they_contradict(tmp_path):
    own = Taxonomy("own", (Category(7, "pair", tuple(PAIR["keypoints"]), image_sides=False),))
    source = write(tmp_path / "a", "train", [PAIR])
    made = write(tmp_path / "b", "train", [PAIR])
    assert carry_taxonomy([source], tmp_path / "b") is None
    assert not (tmp_path / "b" / FILE_NAME).exists(), "there was none"
    write_taxonomy(own, tmp_path / "a" / FILE_NAME)
    assert carry_taxonomy([source], made) is None
    assert read_taxonomy(tmp_path / "b" / FILE_NAME) == own
    other = write(tmp_path / "c", "train", [PAIR | {"id": 8}])
    assert "is not written (" in carry_taxonomy([source], other)
    assert not (tmp_path / "c" / FILE_NAME).exists()
    write_taxonomy(Taxonomy("x", (Category(7, "pair", ("a", "b")),)), tmp_path / "b" / FILE_NAME)
    assert "another one differ" in carry_taxonomy([source, made], tmp_path / "d.json")


def test_content_and_taxonomy_come_from_one_reading(tmp_path, monkeypatch):
    path = write(tmp_path, "train", [PAIR, {"id": 8, "name": "three"}])
    content = json.loads(path.read_text())
    content["images"] = [{"id": 1, "file_name": "a.png", "width": 99, "height": 99}]
    row = {"id": 1, "image_id": 1, "category_id": 8, "bbox": [1, 1, 9, 9], "area": 81}
    content["annotations"] = [row | {"keypoints": [1, 1, 2] * 3, "num_keypoints": 3}]
    path.write_text(json.dumps(content))
    wanted = load_coco(path, find_taxonomy(path)[0]), find_taxonomy(path)[0]
    opened, before = [], Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, *how, **named: opened.append(self) or before(self, *how, **named),
    )
    assert load_with_taxonomy(path) == wanted
    assert opened.count(path) == 1
    assert wanted[1].get("three").num_keypoints == 3, "counted, since the category names none"


def test_both_readings_refuse_the_same_files(tmp_path):
    path = write(tmp_path, "train", [PAIR])
    write_taxonomy(Taxonomy("own", (Category(8, "pair"),)), tmp_path / "own.yaml")
    for ask in (find_taxonomy, load_with_taxonomy):
        with pytest.raises(InputError, match="category 'pair' has id 7, .* says 8"):
            ask(path, tmp_path / "own.yaml")
        with pytest.raises(InputError, match="no such taxonomy file"):
            ask(path, tmp_path / "none.yaml")
    with pytest.raises(InputError, match="no such file"):
        load_with_taxonomy(tmp_path / "none.json")


def test_a_number_of_keypoints_that_changes_is_told_where_it_matters(tmp_path):
    path = write(tmp_path, "train", [PAIR], [(7, 0), (7, 2), (7, 3)])
    assert find_taxonomy(path)[0].get("pair").num_keypoints == 2, "an unlabelled one says nothing"
    with pytest.raises(InputError, match="annotation 2 has 3 keypoints, .* 7 have 2"):
        find_taxonomy(path, even=True)
