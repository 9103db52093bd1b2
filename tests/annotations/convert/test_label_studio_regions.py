"""Regions are put together by parent, category and name."""

import numpy as np
import pytest

from surgtools.annotations.convert.label_studio_regions import read_instances, read_results
from surgtools.annotations.convert.parts import Losses
from surgtools.errors import InputError


def box(key: str, label: str = "tweezers", **more) -> dict:
    value = {"x": 10, "y": 10, "width": 20, "height": 40, "rectanglelabels": [label]}
    return {"id": key, "type": "rectanglelabels", "value": value, **more}


def point(key: str, parent: str | None, name: str = "tweezers.left_tip") -> dict:
    value = {"x": 50, "y": 25, "keypointlabels": [name]}
    return {"id": key, "parentID": parent, "type": "keypointlabels", "value": value}


def test_each_keypoint_goes_to_its_parent():
    regions = [point("p", "b"), box("a"), box("b"), point("q", "a", "tweezers.right_tip")]
    found = list(read_instances(regions, (200, 100), "x", Losses()))
    assert [list(points) for _, _, points, _ in found] == [["right_tip"], ["left_tip"]]
    label, xywh, points, _ = found[1]
    assert label == "tweezers" and xywh == [20, 10, 40, 40]
    np.testing.assert_allclose(points["left_tip"], [100, 25, 2])


def test_remarks_are_no_fields_but_our_own_are():
    ours = {"text": ["looks odd", '{"track_id": 3, "pose": [1]}', "[1]"]}
    regions = [box("a", score=0.5, meta=ours)]
    ((*_, extras),) = read_instances(regions, (200, 100), "x", Losses())
    assert extras == {"score": 0.5, "track_id": 3}


def test_regions_of_other_kinds_are_counted():
    losses = Losses()
    polygon = {"type": "polygonlabels", "value": {"points": []}}
    assert list(read_instances([polygon], (200, 100), "x", losses)) == []
    assert losses.lines() == [
        "regions of type polygonlabels, which are no boxes or keypoints (1 x)"
    ]


def test_two_boxes_and_a_keypoint_without_parent_make_a_third_instance():
    regions = [box("a"), box("b"), point("p", None)]
    assert len(list(read_instances(regions, (200, 100), "x", Losses()))) == 3


def test_newest_annotation_counts_then_the_first_prediction():
    task = {"predictions": [{"result": [box("p")]}], "annotations": [{"result": [box("a")]}]}
    assert [r["id"] for r in read_results(task, "x")] == ["a"]
    task["annotations"].append({"result": [box("b")]})
    assert [r["id"] for r in read_results(task, "x")] == ["b"]
    assert [r["id"] for r in read_results({**task, "annotations": []}, "x")] == ["p"]
    assert list(read_results({}, "x")) == []
    with pytest.raises(InputError, match="without a result list"):
        list(read_results({"annotations": [{}]}, "x"))
