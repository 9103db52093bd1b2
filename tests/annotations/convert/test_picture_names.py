"""Names of pictures are settled before anything is written under them."""

import math

import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.convert.picture_names import settle_names
from surgtools.errors import InputError


def part(root, *names, name="train"):
    builder = CocoBuilder()
    for each in names:
        builder.add_image(each, 8, 8)
    return DatasetPart(name, builder.to_dict(), root)


def settled(made: DatasetPart, **options) -> list[str]:
    losses = Losses()
    settle_names([made], made.image_root / "a.json", Options(**options), losses)
    return [image["file_name"] for image in made.content["images"]]


def test_plain_names_stay(tmp_path):
    assert settled(part(tmp_path, "a.jpg", "clip/a.jpg")) == ["a.jpg", "clip/a.jpg"]


def test_pictures_are_called_as_their_files(tmp_path):
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip/a b.jpg").write_bytes(b"")
    made = part(tmp_path, "clip\\a b.jpg", str(tmp_path / "clip/a b.jpg"), "clip/a%20b.jpg")
    made.content["images"] = made.content["images"][:1]
    assert settled(made) == ["clip/a b.jpg"]
    assert made.moved["clip/a b.jpg"] == tmp_path / "clip/a b.jpg"


def test_absolute_names_in_the_data_set_become_relative(tmp_path):
    made = part(tmp_path, str(tmp_path / "clip/a.jpg"))
    assert settled(made) == ["clip/a.jpg"]


@pytest.mark.parametrize("name", ["../b.jpg", "/elsewhere/b.jpg"])
def test_names_that_lead_out_need_permission_and_get_a_name_inside(name, tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(InputError, match=r"a\.json: image 1: .*--allow-outside"):
        settled(part(tmp_path / "set", name))
    made = part(tmp_path / "set", name)
    (new,) = settled(made, allow_outside=True)
    assert new == name.replace("../", "").lstrip("/")
    assert made.moved[new] == tmp_path / "set" / name


def test_two_pictures_do_not_get_one_name(tmp_path):
    made = part(tmp_path, "../b.jpg", "../../b.jpg")
    with pytest.raises(InputError, match="would both be called 'b.jpg'"):
        settled(made, allow_outside=True)


@pytest.mark.parametrize("change", [{"width": 9}, {"video_id": "b"}])
def test_one_name_of_two_pictures_is_refused(change, tmp_path):
    made = part(tmp_path, "a.jpg", "a.jpg")
    for image in made.content["images"]:
        image["video_id"] = "a"
    assert settled(made) == ["a.jpg", "a.jpg"]  # one picture with two entries
    made.content["images"][1] |= change
    with pytest.raises(InputError, match="image 2: is another picture than image 1, .*'a.jpg'"):
        settled(made)


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "/x", "a\\b", "", "a\0"])
def test_a_part_is_one_folder(name, tmp_path):
    with pytest.raises(InputError, match="part "):
        settled(part(tmp_path, "a.jpg", name=name))


@pytest.mark.parametrize("table", ["images", "annotations", "categories"])
def test_a_number_that_is_none_is_refused_with_its_field(table, content, tmp_path):
    content[table][0]["camera"] = {"fx": [1.0, math.inf]}
    with pytest.raises(InputError, match=r"camera\.fx\[1\] is inf"):
        settled(DatasetPart("train", content, tmp_path))


def test_a_number_that_is_none_beside_the_tables_is_refused(content, tmp_path):
    content["info"] = {"seed": math.nan}
    with pytest.raises(InputError, match=r"info\.seed is nan"):
        settled(DatasetPart("train", content, tmp_path))


def test_category_that_is_no_text_is_refused(content, tmp_path):
    content["categories"][1]["keypoints"][1] = "\ud800"
    with pytest.raises(InputError, match="category 'tweezers': .* is no text"):
        settled(DatasetPart("train", content, tmp_path))
