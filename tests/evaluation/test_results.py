"""COCO results at the border."""

import pytest

from surgtools.errors import InputError
from surgtools.evaluation.results import check_results

TRUTH = {"images": [{"id": 1}], "annotations": [], "categories": []}
GOOD = {
    "image_id": 1,
    "category_id": 2,
    "bbox": [0, 0, 9, 9],
    "score": 0.5,
    "keypoints": [1.0, 2.0, 0.8] * 5,
}


def test_good_rows_and_no_rows_pass():
    assert check_results([GOOD, GOOD], TRUTH, "r.json") is None
    assert check_results([], TRUTH, "r.json") is None
    more = GOOD | {"bbox_score": 0.9, "keypoint_visible": [True, 0.5, 1, 0, 0.2]}
    assert check_results([more], TRUTH, "r.json") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_id": 3}, "image 3, which the ground truth does not hold"),
        ({"category_id": 9}, "category 9 is unknown"),
        ({"keypoints": [1, 2, 1] * 4}, "has 4 keypoints, tweezers defines 5"),
        ({"score": float("nan")}, "finite number"),
        ({"bbox": [1, 2, 3]}, r"\[x, y, width, height\]"),
        ({"score": "high"}, "finite number"),
        ({"keypoints": [10**40, 2, 1] * 5}, "finite number"),
        ({"bbox": [1, 2, 3, 1e300]}, "finite number"),
        ({"keypoints": None, "bbox": None}, "neither bbox nor keypoints"),
        ({"image_id": [1]}, r"image \[1\], which the ground truth does not hold"),
        ({"category_id": "tweezers"}, "category_id 'tweezers'; the number of tweezers is 2"),
        ({"category_id": [2]}, r"category \[2\] is unknown"),
        ({"keypoints": 5}, "has 0 keypoints, tweezers defines 5"),
        ({"keypoints": [1, 2, None] * 5}, "None where a finite number"),
        ({"bbox": 5}, r"bbox 5; \[x, y, width, height\]"),
        ({"bbox": [9, 0, -9, 9]}, "no negative size"),
        ({"bbox": [0, 0, 10**400, 9]}, "where a finite number"),
        ({"bbox_score": "x"}, "'x' where a finite number"),
        ({"bbox_score": None}, "None where a finite number"),
        ({"keypoint_visible": [0.5] * 4}, "a list of 5 probabilities"),
        ({"keypoint_visible": 1}, "keypoint_visible 1; a list of 5 probabilities"),
        ({"keypoint_visible": ["x"] * 5}, "'x' where a finite number"),
    ],
)
def test_bad_rows_are_named(change, message):
    with pytest.raises(InputError, match=message) as error:
        check_results([GOOD | change], TRUTH, "r.json")
    assert str(error.value).startswith("r.json: result 0")


def test_a_file_is_of_one_kind():
    with pytest.raises(InputError, match="result 1 has no keypoints"):
        check_results([GOOD, GOOD | {"keypoints": None}], TRUTH, "r.json")
    with pytest.raises(InputError, match="list of instances"):
        check_results({"annotations": []}, TRUTH, "r.json")
