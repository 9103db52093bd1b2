"""Errors in space: by hand, beside the truth, and where nothing is known."""

import copy

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.readers.predictions_json import to_row
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.evaluation.space_errors import errors_in_space, evaluate_space
from surgtools.evaluation.stages import evaluate_stages
from surgtools.reports.tables import fact_lines

PLACES = np.array(
    [(0, 0, 0.4), (-0.02, 0.1, 0.4), (0, -0.05, 0.4), (0.02, 0.1, 0.4), (0, -0.06, 0.4)]
)
SETTINGS = EvaluationSettings(bootstrap=0)


@pytest.fixture
def truth():
    builder = CocoBuilder()
    for index, category_id in enumerate((1, 1, 2)):
        image_id = builder.add_image(f"{index}.jpg", 400, 400)
        points = [[100 + 10 * n, 100 + 30 * n, 2] for n in range(5)]
        builder.add_annotation(
            image_id, category_id, points, [90, 90, 60, 140], keypoints_3d=PLACES.tolist()
        )
    return builder.to_dict()


def results(truth, change=lambda places: places):
    """The truth as ``predict`` would write it, from the root."""
    return [
        {key: row[key] for key in ("image_id", "category_id", "bbox", "keypoints")}
        | {"score": 0.9, "keypoints_3d": change(PLACES - PLACES[0]).tolist()}
        for row in truth["annotations"]
    ]


def test_the_truth_is_0_off_wherever_it_is_seen_from(truth):
    found = evaluate_space(truth, results(truth), SETTINGS)
    assert found["MPJPE"] == pytest.approx(0, abs=1e-9)
    assert found["categories"]["needle_holder"]["found"] == 2
    far = evaluate_space(truth, results(truth, lambda places: places + 3), SETTINGS)
    assert far["MPJPE"] == pytest.approx(0, abs=1e-9)


def test_instances_are_not_compared_with_each_other(truth):
    class Row(dict):
        def __eq__(self, other):
            raise AssertionError("the time would grow with the square of the instances")

    rows = [Row(row) for row in truth["annotations"]]
    assert evaluate_space({**truth, "annotations": rows}, results(truth), SETTINGS)["MPJPE"] == 0


def test_errors_by_hand():
    # Of the two keypoints beside the root one is 30 mm off in depth, one 40 mm aside.
    ours = [(0, 0, 0), (0.1, 0, 0.03), (0, 0.14, 0)]
    assert errors_in_space(ours, [(0, 0, 0), (0.1, 0, 0), (0, 0.1, 0)])[0] == pytest.approx(35)
    # All twice as large: (100 + 200) / 2 mm off as it is, nothing after the factor.
    as_is, scaled = errors_in_space(
        [(0, 0, 0), (0.2, 0, 0), (0, 0.4, 0)], [(1, 1, 1), (1.1, 1, 1), (1, 1.2, 1)]
    )
    assert (as_is, scaled) == (pytest.approx(150), pytest.approx(0, abs=1e-9))


def test_means_are_over_categories_and_of_what_is_found(truth):
    rows = results(truth)
    deeper = PLACES[1:] - PLACES[0] + (0, 0, 0.01)
    rows[0]["keypoints_3d"] = np.vstack([np.zeros(3), deeper]).tolist()
    rows[1]["bbox"] = [300, 300, 20, 20]
    found = evaluate_space(truth, rows, SETTINGS)
    assert found["categories"]["needle_holder"] == {
        "MPJPE": pytest.approx(10), "N-MPJPE": pytest.approx(10, abs=0.5),
        "found": 1, "labelled": 2,
    }  # fmt: skip
    assert found["MPJPE"] == pytest.approx((10 + 0) / 2)
    nothing = evaluate_space(truth, [row | {"score": 0.01} for row in rows], SETTINGS)
    assert nothing["MPJPE"] is None and nothing["categories"]["tweezers"]["found"] == 0


def test_who_says_nothing_of_space_is_not_scored_in_it(truth):
    flat = copy.deepcopy(truth)
    for row in flat["annotations"]:
        del row["keypoints_3d"]
    without = [{k: v for k, v in row.items() if k != "keypoints_3d"} for row in results(truth)]
    assert evaluate_space(flat, results(truth), SETTINGS) is None
    assert evaluate_space(truth, without, SETTINGS) is None
    assert "space" not in evaluate_stages(truth, SETTINGS, keypoints_detector_boxes=without)


def test_the_report_says_it_in_a_line_for_each_category(truth):
    report = evaluate_stages(truth, SETTINGS, keypoints_detector_boxes=results(truth))
    lines = [line for line in fact_lines(report) if line.startswith("in space")]
    assert len(lines) == 2
    assert "needle_holder: 0.0 mm" in lines[0] and "2 of 2 instances" in lines[0]


def test_rows_carry_places_and_refuse_others():
    entry = {
        "category_id": 1, "bbox": [0, 0, 9, 9], "bbox_score": 0.9, "keypoints": [[1, 2]] * 5,
        "keypoint_scores": [0.9] * 5, "keypoints_3d": PLACES.tolist(),
    }  # fmt: skip
    assert to_row(entry, 1, "here")["keypoints_3d"] == PLACES.tolist()
    with pytest.raises(InputError, match="keypoints_3d are 3 numbers; three for each of 5"):
        to_row(entry | {"keypoints_3d": [[1, 2, 3]]}, 1, "here")
