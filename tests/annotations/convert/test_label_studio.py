"""Label Studio by hand: percent, parents, hidden, predictions, loose keypoints."""

import json
import xml.etree.ElementTree as ET

import pytest

from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.convert.label_studio import label_config, write
from surgtools.annotations.convert.label_studio_reader import read
from surgtools.errors import InputError
from surgtools.metainfo import INSTRUMENTS


def region(kind: str, label: str, value: dict, **extra) -> dict:
    sizes = {"original_width": 200, "original_height": 100}
    return {**sizes, "type": kind, "value": {**value, kind: [label]}, **extra}


BOX = region(
    "rectanglelabels",
    "tweezers",
    {"x": 10, "y": 20, "width": 50, "height": 60, "rotation": 0},
    id="b",
)
TIP = region("keypointlabels", "tweezers.left_tip", {"x": 50, "y": 10}, id="k", parentID="b")
HIDDEN = {"id": "k", "type": "choices", "value": {"choices": ["hidden"]}}


def tasks(tmp_path, *regions, data=None):
    path = tmp_path / "tasks.json"
    data = data or {"image": "/data/local-files/?d=set/a%20b.jpg"}
    path.write_text(json.dumps([{"data": data, "annotations": [{"result": list(regions)}]}]))
    return path


def only(parts):
    (annotation,) = parts[0].content["annotations"]
    return annotation


def test_percent_become_pixels_and_hidden_v_1(tmp_path):
    parts = read(tasks(tmp_path, BOX, TIP, HIDDEN), Options(), Losses())
    annotation = only(parts)
    assert annotation["bbox"] == [20, 20, 100, 60]
    assert annotation["keypoints"][6:9] == [100, 10, 1]
    assert annotation["num_keypoints"] == 1
    assert parts[0].content["images"][0]["file_name"] == "set/a b.jpg"


def test_keypoint_without_parent_joins_the_only_box_of_its_category(tmp_path):
    loose = {**TIP, "parentID": None}
    assert only(read(tasks(tmp_path, BOX, loose), Options(), Losses()))["num_keypoints"] == 1


def test_loose_keypoints_make_a_box(tmp_path):
    losses = Losses()
    other = region("keypointlabels", "tweezers.handle_end", {"x": 50, "y": 90}, id="m")
    annotation = only(read(tasks(tmp_path, TIP, other), Options(), losses))
    assert annotation["bbox"] == [96, 6, 8, 88]  # 10..90 at x = 100, plus 4 all around
    assert len(losses.lines()) == 1


def test_scores_become_predictions_and_come_back(content, tmp_path):
    content["annotations"][0]["score"] = 0.75
    write([DatasetPart("train", content, tmp_path)], tmp_path / "t.json", Options(), Losses())
    first = json.loads((tmp_path / "t.json").read_text())[0]
    assert first["predictions"][0]["result"][0]["score"] == 0.75
    assert len(first["annotations"][0]["result"]) > 0
    del first["annotations"]
    (tmp_path / "t.json").write_text(json.dumps([first]))
    assert only(read(tmp_path / "t.json", Options(), Losses()))["score"] == 0.75


def test_cancelled_annotations_do_not_count(tmp_path):
    path = tasks(tmp_path, BOX)
    content = json.loads(path.read_text())
    content[0]["annotations"].append({"was_cancelled": True, "result": []})
    path.write_text(json.dumps(content))
    assert only(read(path, Options(), Losses()))["category_id"] == 2


def test_interface_names_every_category_and_keypoint():
    root = ET.fromstring(label_config(list(INSTRUMENTS)))
    labels = [label.get("value") for label in root.iter("Label")]
    assert labels[:3] == ["needle_holder", "tweezers", "needle_holder.joint"]
    assert len(labels) == 12


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([BOX, TIP, {**TIP, "id": "z"}], "has tweezers.left_tip twice"),
        ([{**BOX, "value": {**BOX["value"], "rotation": 5}}], "rotated box"),
        ([{**BOX, "value": {**BOX["value"], "width": 0}}], "without width or height"),
        ([{**BOX, "value": {**BOX["value"], "x": "1"}}], "has a region with"),
        ([{"type": "x"}], "a region without a value"),
        ([BOX, region("keypointlabels", "tweezers.pin", {"x": 1, "y": 1})], "does not define"),
        (
            [BOX, region("keypointlabels", "needle_holder.joint", {"x": 1, "y": 1}, parentID="b")],
            "hangs on a box of tweezers",
        ),
    ],
)
def test_regions_that_do_not_fit_are_named(tmp_path, regions, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tasks(tmp_path, *regions), Options(), Losses())
    assert "task 0" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "a list of tasks"),
        ("[]", "holds no task"),
        ("[1]", "a list of tasks"),
        ("[{}]", "has no data"),
        ('[{"data": {"image": "a.jpg"}}]', "size of its picture"),
        ('[{"data": {"width": 5, "height": 5}}]', "names no picture"),
        ('[{"data": {}, "annotations": [{}]}]', "without a result list"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    (tmp_path / "tasks.json").write_text(text)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "tasks.json", Options(), Losses())
