"""Labels, boxes and attributes of CVAT."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from surgtools.annotations.convert import cvat, cvat_labels
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL


def skeleton(annotation: dict) -> ET.Element:
    element = ET.Element("skeleton")
    cvat.write_attributes(element, annotation)
    return element


def test_box_comes_back_and_moves_along_with_corrected_keypoints(content):
    annotation = content["annotations"][0]
    attributes = cvat.read_attributes(skeleton(annotation))
    keypoints = np.array(annotation["keypoints"]).reshape(-1, 3)
    moved = keypoints + [10, -5, 0]
    box = cvat.take_skeleton_box(keypoints, dict(attributes), (200, 100), Losses(), "x")
    shifted = cvat.take_skeleton_box(moved, dict(attributes), (200, 100), Losses(), "x")
    np.testing.assert_allclose(box, annotation["bbox"])
    np.testing.assert_allclose(shifted, [48, 13, 24, 76])


def test_box_without_labelled_keypoints_travels_as_it_is(content):
    annotation = content["annotations"][0]
    annotation["keypoints"] = [0] * 15
    attributes = cvat.read_attributes(skeleton(annotation))
    assert cvat.BOX in attributes
    box = cvat.take_skeleton_box(np.zeros((5, 3)), attributes, (200, 100), Losses(), "x")
    assert box == annotation["bbox"]
    with pytest.raises(InputError, match="no labelled keypoint and no box"):
        cvat.take_skeleton_box(np.zeros((5, 3)), {}, (200, 100), Losses(), "x")


def test_box_of_a_new_skeleton_is_made_from_its_keypoints(content):
    losses = Losses()
    keypoints = np.array([[0, 10, 2], [100, 30, 1], [5, 5, 0]])
    box = cvat.take_skeleton_box(keypoints, {}, (200, 100), losses, "x")
    np.testing.assert_allclose(box, [0, 5, 105, 30])  # 5 % of 100 around, clipped at x = 0
    assert losses.lines() == ["boxes not in the file, made from the keypoints plus 5 % (1 x)"]


@pytest.mark.parametrize("value", [3, 0.25, True, "plain", "12", "true", "ü <&>"])
def test_attribute_values_keep_their_type(value, content):
    annotation = {**content["annotations"][0], "extra": value}
    text = ET.tostring(skeleton(annotation))
    back = cvat.read_attributes(ET.fromstring(text))["extra"]
    assert back == value and type(back) is type(value)


def test_labels_are_skeletons_with_their_points(content):
    task = ET.Element("task")
    cvat_labels.write_labels(task, [DatasetPart("train", content, Path())])
    labels = cvat_labels.read_labels(task, "x")
    assert labels["tweezers"] == list(SURGICAL.get("tweezers").keypoints)
    (made, _) = cvat_labels.label_constructor([DatasetPart("train", content, Path())])
    assert made["type"] == "skeleton" and len(made["sublabels"]) == 5
    svg = ET.fromstring(f"<svg>{made['svg']}</svg>")
    assert len(svg.findall("line")) == 4 and len(svg.findall("circle")) == 5
    assert {a["name"] for a in made["attributes"]} >= {"track_id", cvat.MARGINS}


def test_points_that_the_instrument_lacks_are_counted():
    losses = Losses()
    points = {"joint": np.array([1, 2, 2]), "pin": np.ones(3)}
    ordered = cvat.order_points(points, SURGICAL.get("needle_holder"), losses)
    assert ordered[:, 2].tolist() == [2, 0, 0, 0, 0]
    assert losses.lines() == ["points 'pin', which needle_holder does not define (1 x)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is no XML"), ("<a>", "is no XML"), ("<a/>", "starts with <a>")],
)
def test_other_files_are_refused(text, message, tmp_path):
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(InputError, match=message):
        cvat.parse_xml(tmp_path / "a.xml")


@pytest.mark.parametrize("text", ["\x00", "\x08", "\ud800", "\ufffe"], ids=ascii)
def test_character_that_xml_cannot_hold_is_refused(text, tmp_path):
    root = ET.Element("annotations")
    ET.SubElement(root, "image", name=f"a{text}.jpg")
    with pytest.raises(InputError, match="a.xml: .*rename it"):
        cvat.write_xml(root, tmp_path / "a.xml")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["1,2,3", "1,2,3,x", "1,2,3,1e999", "1e300,0,0,0", "nan,0,0,0"])
def test_broken_margins_are_refused(text):
    keypoints = np.array([[1.0, 2.0, 2.0]])
    with pytest.raises(InputError, match="a broken one"):
        cvat.take_skeleton_box(keypoints, {cvat.MARGINS: text}, (20, 10), Losses(), "x")


def test_a_keypoint_name_cannot_leave_its_attribute_in_the_drawing():
    from surgtools.annotations.convert.foreign_categories import to_instruments

    clamp = {"id": 1, "name": "clamp", "keypoints": ['a" onload="x()', "<b>"]}
    svg = ET.fromstring(f"<svg>{cvat_labels.skeleton_svg(to_instruments([clamp])[1])}</svg>")
    assert [c.get("data-label-name") for c in svg.iter("circle")] == clamp["keypoints"]


def test_lines_of_a_drawing_are_pairs_of_names():
    svg = (
        '<line data-node-from="1" data-node-to="2"></line><line data-node-from="2" '
        'data-node-to="9"></line><circle data-node-id="1" data-label-name="a"></circle>'
        '<circle data-node-id="2" data-label-name="b"></circle>'
    )
    root = ET.Element("meta")
    for name, drawing in (("hook", svg), ("broken", "<line")):
        label = ET.SubElement(root, "label")
        ET.SubElement(label, "name").text = name
        ET.SubElement(label, "svg").text = drawing
    assert cvat_labels.read_edges(root) == {"hook": [("a", "b")]}
    assert cvat_labels.read_edges(None) == {}
