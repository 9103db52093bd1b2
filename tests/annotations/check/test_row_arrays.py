"""Sound rows become arrays; broken ones are named and do not take sound ones with them."""

import pytest

from surgtools.annotations.check import row_arrays as module
from surgtools.annotations.check.categories import plan_categories
from surgtools.annotations.check.row_arrays import read_arrays
from surgtools.annotations.stream import TABLES, Row


def read(content: dict):
    rows = [Row(table, value, "") for table in TABLES for value in content[table]]
    return read_arrays(rows, plan_categories(content["categories"], "a")[0], "a")


@pytest.mark.parametrize("batch", [1, 4, 8192])
def test_batches_do_not_matter(content, batch, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", batch)
    columns = read(content)
    assert columns.image_problems == columns.annotation_problems == []
    assert columns.annotations[1].keypoints.shape == (6, 5, 3)
    assert columns.annotations[2].rows.tolist() == [1, 3, 5, 7, 9, 11]
    assert columns.images.sizes.tolist() == [[200, 100]] * 6
    assert columns.labelled.tolist() == [1, 2, 3, 4, 5, 6]


def test_empty_tables():
    columns = read({"images": [], "annotations": [], "categories": []})
    assert columns.num_images == columns.num_annotations == 0
    assert columns.annotations == {} and columns.labelled.tolist() == []


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (lambda a: a.pop("id"), "annotation-entry", "entry 0 of `annotations`: id is missing"),
        (lambda a: a.update(id=1.5), "annotation-entry", "id 1.5; a whole number"),
        (lambda a: a.update(id=2**70), "annotation-entry", "a whole number"),
        (lambda a: a.update(image_id=None), "annotation-entry", "image_id None"),
        (lambda a: a.update(bbox=[1, 2, 3]), "annotation-entry", "bbox [1, 2, 3]"),
        (lambda a: a.update(bbox=[1, 2, 3, "4"]), "number", "bbox [1, 2, 3, '4']; four finite"),
        (lambda a: a.update(bbox=[1, 2, 3, float("nan")]), "number", "finite numbers"),
        (lambda a: a.update(keypoints="x"), "annotation-entry", "a list is expected"),
        (lambda a: a.update(keypoints=[1] * 12), "keypoint-count", "4 keypoints"),
        (lambda a: a.update(keypoints=[1] * 14 + [None]), "number", "finite numbers"),
        (lambda a: a.update(keypoints=[1] * 14 + [10**400]), "number", "finite numbers"),
        (lambda a: a.update(category_id=9.5), "annotation-category", "category_id 9.5 is unknown"),
        (lambda a: a.update(category_id=[1]), "annotation-category", "is unknown"),
    ],
)
def test_broken_row_is_named_alone(content, change, code, text):
    change(content["annotations"][0])
    columns = read(content)
    assert code in [p.code for p in columns.annotation_problems]
    assert any(text in p.message for p in columns.annotation_problems)
    assert len(columns.annotations[1].ids) == 5
    assert len(columns.annotations[2].ids) == 6


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (3, "is no object"),
        ({"id": 9, "width": 1, "height": 1}, "file_name is missing"),
        ({"id": 9, "file_name": "a", "width": 0, "height": 1}, "width 0"),
        ({"id": 9, "file_name": "a", "width": 1, "height": "5"}, "height '5'"),
        ({"id": True, "file_name": "a", "width": 1, "height": 5}, "id True"),
    ],
)
def test_broken_image_is_named(content, image, text):
    content["images"].append(image)
    columns = read(content)
    assert [p.code for p in columns.image_problems] == ["image-entry"]
    assert text in columns.image_problems[0].message
    assert len(columns.images.ids) == 6
