"""Instruments are put together by parent, category and name."""

import numpy as np
import pytest

from surgtools.annotations.convert.dataset_parts import Losses
from surgtools.annotations.convert.label_studio_instances import read_instances
from surgtools.annotations.convert.label_studio_regions import read_regions
from surgtools.errors import InputError


def box(key: str | None, label: str = "tweezers", **more) -> dict:
    value = {"x": 10, "y": 10, "width": 20, "height": 40, "rectanglelabels": [label]}
    return {"id": key, "type": "rectanglelabels", "value": value, **more}


def point(key: str, parent: str | None, name: str = "tweezers.left_tip") -> dict:
    value = {"x": 50, "y": 25, "keypointlabels": [name]}
    return {"id": key, "parentID": parent, "type": "keypointlabels", "value": value}


def instances(*regions: dict, losses: Losses | None = None) -> list:
    losses = losses or Losses()
    found = read_regions({"annotations": [{"result": list(regions)}]}, "task 1", losses)
    return list(read_instances(found, (200, 100), "task 1", losses))


def test_each_keypoint_goes_to_its_parent():
    regions = (point("p", "b"), box("a"), box("b"), point("q", "a", "tweezers.right_tip"))
    found = instances(*regions)
    assert [list(each.keypoints) for each in found] == [["right_tip"], ["left_tip"]]
    assert found[1].category == "tweezers" and found[1].box == [20, 10, 40, 40]
    np.testing.assert_allclose(found[1].keypoints["left_tip"], [100, 25, 2])


def test_a_choice_without_id_hides_no_keypoint():
    """It could be of any keypoint without an id."""
    choice = {"type": "choices", "value": {"choices": ["hidden"]}}
    losses = Losses()
    (found,) = instances(box("a"), point(None, "a"), choice, losses=losses)
    assert found.keypoints["left_tip"][2] == 2
    assert losses.lines() == ["choices that do not say their region (1 x)"]
    (found,) = instances(box("a"), point("p", "a"), {**choice, "id": "p"})
    assert found.keypoints["left_tip"][2] == 1


def test_remarks_are_no_fields_but_our_own_are():
    ours = {"text": ["looks odd", '{"track_id": 3, "pose": [1]}', "[1]", 7, "[" * 10**5]}
    (found,) = instances(box("a", score=0.5, meta=ours))
    assert found.extras == {"score": 0.5, "track_id": 3}
    assert instances(box("a", meta={"text": "x"}))[0].extras == {}
    assert instances(box("a", meta=[1]))[0].extras == {}


def test_regions_of_other_kinds_are_counted():
    losses = Losses()
    polygon = {"type": "polygonlabels", "value": {"points": []}}
    assert instances(polygon, losses=losses) == []
    assert losses.lines() == [
        "regions of type polygonlabels, which are no boxes or keypoints (1 x)"
    ]


def test_two_boxes_and_a_keypoint_without_parent_make_a_third_instance():
    assert len(instances(box("a"), box("b"), point("p", None))) == 3


def test_boxes_without_ids_stay_apart():
    assert len(instances(box(None), box(None, "needle_holder"))) == 2
    with pytest.raises(InputError, match="two boxes with id a"):
        instances(box("a"), box("a"))


@pytest.mark.parametrize("parent", ["a", None])
def test_keypoint_without_category_takes_that_of_its_box(parent):
    (found,) = instances(box("a"), point("p", parent, "left_tip"))
    assert (found.category, list(found.keypoints)) == ("tweezers", ["left_tip"])


def test_parent_decides_between_two_boxes():
    regions = (box("a", "needle_holder"), box("b"), point("p", "b", "left_tip"))
    assert [list(each.keypoints) for each in instances(*regions)] == [[], ["left_tip"]]


def test_keypoint_that_only_one_category_has_says_its_category():
    (found,) = instances(point("p", None, "handle_end"))
    assert found.category == "tweezers"


@pytest.mark.parametrize("boxes", [(), (box("a"), box("b", "needle_holder"))])
def test_keypoint_of_unknown_category_is_refused(boxes):
    with pytest.raises(InputError, match="'left_tip' does not say its category"):
        instances(*boxes, point("p", None, "left_tip"))


@pytest.mark.parametrize("rotation", [0, 360, -720, 1e-13, None])
def test_upright_boxes_are_taken(rotation):
    upright = box("a")
    upright["value"]["rotation"] = rotation
    assert instances(upright)[0].box == [20, 10, 40, 40]


@pytest.mark.parametrize("change", [{"x": 10**40}, {"x": "1"}, {"width": None}, {"rotation": 1}])
def test_numbers_that_are_none_are_refused(change):
    odd = box("a")
    odd["value"].update(change)
    with pytest.raises(InputError, match="^task 1 has a "):
        instances(odd)
