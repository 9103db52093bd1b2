"""Regions of a task: which annotation counts, and that every field has its type."""

import math

import pytest

from surgtools.annotations.convert.dataset_parts import Losses
from surgtools.annotations.convert.label_studio_regions import is_measure, read_regions
from surgtools.errors import InputError


def box(key: object, **value) -> dict:
    return {
        "id": key,
        "type": "rectanglelabels",
        "value": {"x": 10, "y": 10, "width": 20, "height": 40, **value},
    }


def regions(task: dict) -> list:
    return read_regions(task, "task 1", Losses())


def test_newest_annotation_counts_then_the_first_prediction():
    task = {"predictions": [{"result": [box("p")]}], "annotations": [{"result": [box("a")]}]}
    assert [r.id for r in regions(task)] == ["a"]
    task["annotations"].append({"result": [box("b")]})
    assert [r.id for r in regions(task)] == ["b"]
    assert [r.id for r in regions({**task, "annotations": []})] == ["p"]
    assert regions({}) == []


def test_predictions_that_are_numbers_only_are_none():
    assert regions({"annotations": [], "predictions": [12]}) == []


def test_relations_are_a_loss_and_no_region():
    losses = Losses()
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    task = {"annotations": [{"result": [relation, box("a")]}]}
    assert [r.id for r in read_regions(task, "x", losses)] == ["a"]
    assert losses.lines() == ["relations between regions (1 x)"]


@pytest.mark.parametrize("value", ["x", None, 7, {}, True, [None], [[]], [1]], ids=repr)
def test_annotations_that_are_none_are_refused(value):
    if value is None:
        assert regions({"annotations": value}) == []
        return
    with pytest.raises(InputError, match=r"^task 1 has .*annotation"):
        regions({"annotations": value})


@pytest.mark.parametrize("result", [None, {}, "x", 3], ids=repr)
def test_annotation_without_regions_is_refused(result):
    with pytest.raises(InputError, match="without a result list"):
        regions({"annotations": [{"result": result}]})


@pytest.mark.parametrize(
    "change",
    [
        {"value": None},
        {"value": []},
        {"id": []},
        {"id": {}},
        {"parentID": []},
        {"image_rotation": 90},
        {"image_rotation": "x"},
        {"image_rotation": math.nan},
        {"value": {"rectanglelabels": True}},
        {"value": {"rectanglelabels": {"a": 1}}},
        {"value": {"rectanglelabels": [[1]]}},
        {"value": {"rectanglelabels": [""]}},
        {"value": {"keypointlabels": "tip"}},
        {"value": {"keypointlabels": [None]}},
        {"value": {"choices": 5}},
    ],
    ids=repr,
)
def test_a_field_of_another_type_is_refused_in_one_line(change):
    with pytest.raises(InputError, match="^task 1 ") as caught:
        regions({"annotations": [{"result": [{**box("a"), **change}]}]})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("turned", [0, 360, -360, 1e-13, None])
def test_a_picture_that_was_turned_back_is_upright(turned):
    (region,) = regions({"annotations": [{"result": [{**box("a"), "image_rotation": turned}]}]})
    assert region.id == "a"


def test_numbers_are_finite_and_no_truths():
    assert is_measure(3) and is_measure(-0.5)
    assert not any(map(is_measure, (True, None, "1", math.nan, math.inf, 10**40)))
