"""COCO files and folders as source and target."""

import json

import pytest

from surgtools.annotations.convert import convert
from surgtools.annotations.convert.coco_files import read, write
from surgtools.annotations.convert.dataset_parts import Losses, Options
from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy


def test_folder_is_read_part_by_part_and_written_with_its_pictures(draw_dataset, tmp_path):
    folder = draw_dataset(train=2, val=1, test=1)
    parts = read(folder, Options(), Losses())
    assert [part.name for part in parts] == ["train", "val", "test"]
    write(parts, tmp_path / "copy", Options(), Losses())
    for name in ("train/images/00001.jpg", "val/images/00000.jpg"):
        assert (tmp_path / "copy" / name).samefile(folder / name)
    again = read(tmp_path / "copy", Options(), Losses())
    assert [part.content for part in again] == [part.content for part in parts]


def test_one_file_takes_one_part(draw_dataset, tmp_path):
    parts = read(draw_dataset(train=1, val=1), Options(), Losses())
    with pytest.raises(InputError, match="the parts train, val; give a folder"):
        write(parts, tmp_path / "all.json", Options(), Losses())
    write(parts[:1], tmp_path / "one.json", Options(), Losses())
    assert json.loads((tmp_path / "one.json").read_text()) == parts[0].content


def test_absent_pictures_are_counted(content, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(content))
    losses = Losses()
    write(read(tmp_path / "a.json", Options(), losses), tmp_path / "out", Options(), losses)
    assert losses.lines() == ["pictures that were not found; put them into images/ (6 x)"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("images"), "list `images` is missing"),
        (lambda c: [a.update(keypoints=[1]) for a in c["annotations"]], "11 more such problems"),
        (lambda c: c["annotations"][0].update(image_id=99), "which is absent"),
    ],
)
def test_entries_that_mean_nothing_are_refused(content, tmp_path, change, message):
    change(content)
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.json", Options(), Losses())


def test_folder_without_files_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no PART/coco_keypoints.json"):
        read(tmp_path, Options(), Losses())


@pytest.mark.parametrize("target", ["yolo", "cvat-images", "cvat-video", "label-studio"])
@pytest.mark.parametrize("own", [False, True])
def test_a_list_without_keypoint_names_has_those_of_the_taxonomy(content, tmp_path, target, own):
    taxonomy = None
    if own:
        for category in content["categories"]:
            category["name"] += " of ours"
        rows = [(c["id"], c["name"], tuple(c["keypoints"])) for c in content["categories"]]
        taxonomy = Taxonomy("ours", tuple(Category(*row) for row in rows))
    names = [category.pop("keypoints") for category in content["categories"]]
    (tmp_path / "a.json").write_text(json.dumps(content))
    options = Options(taxonomy=taxonomy)
    (part,) = read(tmp_path / "a.json", options, Losses())
    assert [category["keypoints"] for category in part.content["categories"]] == names
    convert(tmp_path / "a.json", tmp_path / "out", "coco", target, options)
