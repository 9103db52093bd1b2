"""Exports of Label Studio as they come: empty tasks, sizes, addresses, fields with our names."""

import json

import cv2
import numpy as np
import pytest

from surgtools.annotations.convert.dataset_parts import Losses, Options
from surgtools.annotations.convert.label_studio_reader import read
from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy

BOX = {
    "id": "b",
    "type": "rectanglelabels",
    "original_width": 200,
    "original_height": 100,
    "value": {"x": 10, "y": 20, "width": 50, "height": 60, "rectanglelabels": ["tweezers"]},
}


def export(tmp_path, *tasks):
    (tmp_path / "tasks.json").write_text(json.dumps(list(tasks)))
    return tmp_path / "tasks.json"


def task(*regions, **data) -> dict:
    return {"data": {"image": "a.png", **data}, "annotations": [{"result": list(regions)}]}


def images(path, losses=None, **options) -> list[dict]:
    (part,) = read(path, Options(**options), losses or Losses())
    return part.content["images"]


def test_task_without_regions_has_the_size_of_its_picture(tmp_path):
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images/b.png"), np.zeros((30, 40, 3), np.uint8))
    empty = {"data": {"image": "/data/local-files/?d=b.png"}, "predictions": [12]}
    found = images(export(tmp_path, task(BOX), empty))
    assert [(i["file_name"], i["width"], i["height"]) for i in found] == [
        ("a.png", 200, 100),
        ("b.png", 40, 30),
    ]


def test_categories_of_its_own_are_told_to_be_numbered_as_they_occur(tmp_path):
    own = json.loads(json.dumps(BOX).replace("tweezers", "probe"))
    taxonomy = Taxonomy("own", (Category(3, "probe", ("grip", "point")),))
    for regions, options, told in (
        ([own], Options(), 1),
        ([BOX], Options(), 0),
        ([], Options(), 0),
        ([own], Options(taxonomy=taxonomy), 0),
    ):
        losses = Losses()
        read(export(tmp_path, task(*regions, width=200, height=100)), options, losses)
        made_up = {what: count for what, count in losses.counts.items() if "--taxonomy" in what}
        assert sum(made_up.values()) == told


def test_task_whose_picture_is_not_there_needs_a_size(tmp_path):
    path = export(tmp_path, {"data": {"image": "b.png"}})
    with pytest.raises(InputError, match="task 0 does not say the size of its picture"):
        read(path, Options(), Losses())
    assert images(export(tmp_path, task(width=40, height=30)))[0]["width"] == 40


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://bucket.s3.amazonaws.com/surg/img%20one.jpg?X-Amz-Signature=abc", "img one.jpg"),
        ("s3://bucket/surg/one.jpg", "one.jpg"),
        ("/data/local-files/?d=set/a%20b.jpg", "set/a b.jpg"),
        ("/data/local-files/?d=set/a+b%26c.jpg", "set/a+b&c.jpg"),
        ("http://host:8080/data/local-files/?d=a.jpg", "a.jpg"),
        ("/data/upload/3/1f2e-a.jpg", "1f2e-a.jpg"),
        ("a.jpg", "a.jpg"),
    ],
)
def test_name_in_an_address(url, name, tmp_path):
    assert images(export(tmp_path, task(BOX, image=url)))[0]["file_name"] == name


def test_fields_with_names_of_ours_do_not_replace_them(tmp_path):
    meta = {"text": ['{"bbox": 3, "image_id": 9, "self": 1, "track_id": 5, "iscrowd": 7}']}
    losses = Losses()
    path = export(tmp_path, task({**BOX, "meta": meta}, id=77, video_id=[1], layer="x.png"))
    (part,) = read(path, Options(), losses)
    (annotation,) = part.content["annotations"]
    assert annotation["bbox"] == [20, 20, 100, 60] and annotation["image_id"] == 1
    assert annotation["track_id"] == 5 and annotation["self"] == 1 and annotation["iscrowd"] == 0
    (image,) = part.content["images"]
    assert image["id"] == 1 and image["layer"] == "x.png" and "video_id" not in image
    assert losses.lines() == [
        "fields named bbox, which means something else here (1 x)",
        "fields named image_id, which means something else here (1 x)",
        "fields named iscrowd with a value that it cannot have here (1 x)",
        "fields named video_id with a value that it cannot have here (1 x)",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"original_width": float("inf")},
        {"original_width": 0},
        {"original_width": "200"},
        {"original_width": True},
    ],
    ids=repr,
)
def test_size_that_is_none_is_refused(change, tmp_path):
    with pytest.raises(InputError, match="task 0: the picture is "):
        images(export(tmp_path, task({**BOX, **change})))


@pytest.mark.parametrize("change", [{"split": [1]}, {"split": {"a": 1}}], ids=repr)
def test_split_that_is_no_name_is_refused(change, tmp_path):
    with pytest.raises(InputError, match="has split"):
        images(export(tmp_path, task(BOX, **change)))


@pytest.mark.parametrize("name", [[1], {"a": 1}, 7, True], ids=repr)
def test_name_that_is_no_text_is_refused(name, tmp_path):
    from surgtools.annotations.convert import convert

    path = export(tmp_path, task(BOX, file_name=name))
    with pytest.raises(InputError, match="is no file name; a text is expected"):
        convert(path, tmp_path / "o.json", "label-studio", "coco", Options())


def test_annotation_null_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="task 4 has the annotation None"):
        images(export(tmp_path, {"id": 4, "data": {"image": "a"}, "annotations": [None]}))
