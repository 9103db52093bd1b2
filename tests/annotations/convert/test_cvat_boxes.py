"""Boxes of CVAT: read from images and tracks, written for categories without keypoints."""

import json
import xml.etree.ElementTree as ET

import pytest

from surgtools.annotations.convert import Options, convert
from surgtools.annotations.convert.cvat_boxes import labels_of_boxes, read_box
from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy

LABELS = """<labels>
<label><name>clamp</name><type>skeleton</type></label>
<label><name>tip</name><type>points</type><parent>clamp</parent></label>
<label><name>swab</name><type>rectangle</type></label>
<label><name>drape</name></label><label><name>unused</name><type>any</type></label>
</labels>"""
BOX = '<box label="{}" xtl="2" ytl="3.5" xbr="12" ybr="23.5" occluded="0"{}>{}</box>'
SKELETON = """<skeleton label="clamp"><attribute name="box_margins">1,1,1,1</attribute>
<points label="tip" outside="0" occluded="0" points="8,9"/></skeleton>"""
SWAB = BOX.format("swab", "", '<attribute name="wet">true</attribute>')


def read(tmp_path, text, form, **options):
    (tmp_path / "a.xml").write_text(text)
    convert(tmp_path / "a.xml", tmp_path / "a.json", form, "coco", Options(**options))
    return json.loads((tmp_path / "a.json").read_text())


def images(inside, labels=LABELS):
    image = f'<image name="a.jpg" width="50" height="40">{inside}</image>'
    return f"<annotations><meta><task>{labels}</task></meta>{image}</annotations>"


def test_boxes_are_instances_of_categories_without_keypoints(tmp_path):
    content = read(tmp_path, images(SWAB + SKELETON + BOX.format("drape", "", "")), "cvat-images")
    found = [(row["id"], row["name"], row["keypoints"]) for row in content["categories"]]
    assert found == [(1, "clamp", ["tip"]), (2, "swab", []), (3, "drape", [])]
    swab, clamp, drape = content["annotations"]
    assert swab["bbox"] == drape["bbox"] == [2, 3.5, 10, 20]
    assert (swab["category_id"], swab["keypoints"], swab["wet"]) == (2, [], True)
    assert clamp["keypoints"] == [8, 9, 2]


def test_a_taxonomy_says_what_a_box_is_of(tmp_path):
    taxonomy = Taxonomy("own", (Category(7, "swab", ("a", "b")), Category(3, "clamp", ("tip",))))
    content = read(tmp_path, images(SWAB), "cvat-images", taxonomy=taxonomy)
    (swab,) = content["annotations"]
    assert (swab["category_id"], swab["keypoints"], swab["num_keypoints"]) == (7, [0] * 6, 0)


def test_boxes_of_tracks_are_read_where_they_are_in_the_picture(tmp_path):
    boxes = "".join(
        BOX.format("", f' frame="{frame}" outside="{gone}" keyframe="1"', "")
        for frame, gone in ((0, 0), (1, 0), (2, 1))
    ).replace('label="" ', "")
    numbers = "<start_frame>0</start_frame><stop_frame>2</stop_frame>"
    size = "<original_size><width>50</width><height>40</height></original_size>"
    task = f"<task><name>v</name>{numbers}{size}{LABELS}</task>"
    track = f'<track id="5" label="swab">{boxes}</track>'
    content = read(tmp_path, f"<annotations><meta>{task}</meta>{track}</annotations>",
                   "cvat-video")  # fmt: skip
    assert [row["name"] for row in content["categories"]] == ["clamp", "swab"]
    assert [(a["image_id"], a["track_id"]) for a in content["annotations"]] == [(1, 5), (2, 5)]


@pytest.mark.parametrize("form", ["cvat-images", "cvat-video"])
def test_categories_without_keypoints_go_to_cvat_and_back(form, tmp_path):
    given = read(tmp_path, images(SWAB + SKELETON), "cvat-images")
    for row in given["annotations"]:
        row["track_id"] = row["category_id"]
    (tmp_path / "given.json").write_text(json.dumps(given))
    convert(tmp_path / "given.json", tmp_path / "there.xml", "coco", form, Options())
    root = ET.parse(tmp_path / "there.xml").getroot()
    kinds = {label.findtext("name"): label.findtext("type") for label in root.iter("label")}
    assert kinds == {"clamp": "skeleton", "tip": "points", "swab": "rectangle"}
    convert(tmp_path / "there.xml", tmp_path / "back.json", form, "coco", Options())
    back = json.loads((tmp_path / "back.json").read_text())
    for key in ("category_id", "bbox", "keypoints", "wet"):
        assert [a.get(key) for a in back["annotations"]] == [
            a.get(key) for a in given["annotations"]
        ]
    constructor = json.loads((tmp_path / "labels.json").read_text())
    assert [label["type"] for label in constructor] == ["skeleton", "rectangle"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('xtl="2"', 'xtl="x"', "box with xtl x, ytl 3.5"),
        ('xtl="2"', "", "box with xtl None"),
        ('xtl="2"', 'xtl="nan"', "box with xtl nan"),
        ('xtl="2"', 'xtl="12"', "box with xtl 12"),
        ('ybr="23.5"', 'ybr="1e300"', "ybr 1e300; correct it or remove it"),
        ('occluded="0"', 'rotation="30"', "a rotated box; COCO boxes are upright"),
        ('label="swab"', 'label="odd"', "'odd' is no label of the file"),
        ('label="swab"', "", "None is no label of the file"),
    ],
)
def test_broken_boxes_are_named(old, new, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, images(SWAB.replace(old, new)), "cvat-images")
    assert "image a.jpg" in str(caught.value)


def test_labels_come_from_boxes_and_from_tracks_of_boxes():
    root = ET.fromstring(
        '<a><box label="x"/><track label="y"><box/></track><track label="z"/></a>'
    )
    assert labels_of_boxes(root) >= {"x", "y"} and "z" not in labels_of_boxes(root)
    shape = ET.fromstring(BOX.format("x", ' rotation="360"', ""))
    assert read_box(shape, "x")[0] == [2, 3.5, 10, 20]
