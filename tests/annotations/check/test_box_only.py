"""A category without keypoints is a box only: nothing about keypoints is asked of it."""

from surgtools.annotations.check import find_problems
from surgtools.annotations.coco import check_content
from surgtools.taxonomy import Category, Taxonomy

BOXES = Taxonomy("boxes", (Category(3, "box"),))
CONTENT = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 20, "height": 10}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 5, 5], "area": 25, "iscrowd": 0}
    ],
    "categories": [{"id": 3, "name": "box"}],
}


def test_nothing_is_wrong_with_boxes_alone():
    assert find_problems(CONTENT, "a.json", BOXES) == []
    check_content(CONTENT, "a.json", BOXES)


def test_a_broken_box_is_still_found():
    broken = [CONTENT["annotations"][0] | {"bbox": [1, 1, 0, 5]}]
    problems = find_problems(CONTENT | {"annotations": broken}, "a.json", BOXES)
    assert [problem.code for problem in problems if problem.level == "error"]
