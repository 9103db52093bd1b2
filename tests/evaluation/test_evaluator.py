"""The evaluator as a whole: perfect, empty, shifted, on negatives."""

import json

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.evaluator import evaluate
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.metainfo import DEFAULT_SIGMA, INSTRUMENTS


@pytest.fixture
def truth():
    """Six pictures with a needle holder and tweezers each, a seventh empty."""
    rng = np.random.default_rng(0)
    builder = CocoBuilder()
    for index in range(6):
        image_id = builder.add_image(f"{index}.jpg", 640, 480, video_id=f"video{index // 2}")
        for category_id, x in ((1, 20), (2, 320)):
            xy = np.array([x, 20]) + rng.uniform(0, 200, (5, 2))
            keypoints = np.column_stack([xy, [2, 2, 1, 2, 0]])
            builder.add_annotation(image_id, category_id, keypoints, [x, 20, 200, 200])
    builder.add_image("empty.jpg", 640, 480)
    return builder.to_dict()


def as_results(truth):
    return [
        {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")}
        | {"score": 1.0, "keypoint_visible": [v == 2 for v in row["keypoints"][2::3]]}
        for row in truth["annotations"]
    ]


def test_ground_truth_as_prediction_is_perfect_everywhere(truth):
    report = evaluate(truth, as_results(truth))
    for instrument in INSTRUMENTS:
        for part in ("boxes", "keypoints"):
            assert report[part]["categories"][instrument.name]["AP"] == pytest.approx(1.0)
        assert report["keypoints"]["errors"][instrument.name]["all"]["mean_px"] == 0
    keypoints = report["keypoints"]
    one = pytest.approx(1.0)
    assert keypoints["AP"] == one == keypoints["AP_visible"] == keypoints["AP_hidden"]
    assert keypoints["AP_sigma_x0.5"] == one == keypoints["AP_sigma_x2"]
    assert keypoints["PCK@0.05"] == keypoints["visibility"]["accuracy"] == 1.0
    assert keypoints["intervals"]["AP"] == pytest.approx([1.0, 1.0])
    assert keypoints["intervals"]["grouped_by"] == "video_id"
    assert report["boxes"]["empty_pictures"]["share_with_one"] == 0.0
    assert report["boxes"]["confusion"]["counts"] == [[6, 0, 0], [0, 6, 0], [0, 0, 0]]
    assert report["notes"] == []
    assert report["summary"]["keypoint_AP"] == one == report["summary"]["recall"]
    assert report["settings"]["sigmas"]["tweezers"]["left_tip"] == DEFAULT_SIGMA
    json.dumps(report, allow_nan=False)


def test_a_crowd_region_counts_neither_way_anywhere(truth):
    crowds = [
        {**row, "id": 100 + row["id"], "bbox": [240, 300, 60, 60], "iscrowd": 1}
        for row in truth["annotations"][:2]
    ]
    crowds[0]["certain_left_right"] = False
    on_them = [row | {"bbox": [250, 310, 20, 20], "score": 0.9} for row in as_results(truth)[:2]]
    results = as_results(truth) + on_them
    truth["annotations"] += crowds
    report = evaluate(truth, results, EvaluationSettings(bootstrap=0))
    assert report["boxes"]["AP"] == pytest.approx(1.0) and report["boxes"]["precision"] == 1.0
    assert report["boxes"]["confusion"]["counts"] == [[6, 0, 0], [0, 6, 0], [0, 0, 0]]
    assert report["worst"] == []
    assert report["counts"] == {
        "images": 7,
        "instances": {"needle_holder": 6, "tweezers": 6},
        "uncertain_sides": 0,
        "results": 14,
    }


def test_a_constant_answer_of_visible_leaves_balanced_accuracy_at_half(truth):
    results = [row | {"keypoint_visible": [1.0] * 5} for row in as_results(truth)]
    report = evaluate(truth, results, EvaluationSettings(bootstrap=0))
    # Of four labelled keypoints three are visible.
    assert report["summary"]["visibility_accuracy"] == pytest.approx(3 / 4)
    assert report["summary"]["balanced_visibility_accuracy"] == pytest.approx(1 / 2)
    assert report["keypoints"]["visibility"]["AUC"] == pytest.approx(1 / 2)
    report = evaluate(truth, as_results(truth), EvaluationSettings(bootstrap=0))
    assert report["summary"]["balanced_visibility_accuracy"] == 1.0


def test_ids_that_are_text_score_as_numbers_do(truth):
    expected = evaluate(truth, as_results(truth)[2:])
    for row in (*truth["images"], *truth["annotations"]):
        row |= {key: f"picture {row[key]}" for key in ("id", "image_id") if key in row}
    report = evaluate(truth, as_results(truth)[2:])
    assert report["summary"] == expected["summary"]
    assert report["keypoints"] == expected["keypoints"]
    json.dumps(report, allow_nan=False)


def test_numbers_of_numpy_score_as_plain_ones_do(truth):
    plain = as_results(truth)
    plain[0]["keypoints"] = [0.0, 0.0, 1.0] * 5
    plain[1]["image_id"] = 7  # a false instrument on the empty picture
    kinds = {"image_id": np.int32, "category_id": np.int64}
    of_numpy = [row | {name: kind(row[name]) for name, kind in kinds.items()} for row in plain]
    report = evaluate(truth, of_numpy)
    assert json.dumps(report) == json.dumps(evaluate(truth, plain))


def test_no_results_score_zero_and_not_an_error(truth):
    report = evaluate(truth, [])
    assert report["keypoints"]["AP"] == report["boxes"]["AP"] == 0.0
    assert report["keypoints"]["PCK@0.05"] == report["boxes"]["recall"] == 0.0
    assert report["keypoints"]["mean_px"] is None
    json.dumps(report, allow_nan=False)


def test_an_absent_category_is_explained_and_left_out_of_the_mean(truth):
    truth["annotations"] = [row for row in truth["annotations"] if row["category_id"] == 1]
    report = evaluate(truth, as_results(truth))
    assert report["keypoints"]["AP"] == pytest.approx(1.0)
    assert report["keypoints"]["categories"]["tweezers"]["AP"] is None
    assert any("holds no tweezers" in note for note in report["notes"])


def test_no_ground_truth_at_all_is_explained(truth):
    truth["annotations"] = []
    report = evaluate(truth, [])
    assert report["keypoints"]["AP"] is None
    assert any("holds no instance" in note for note in report["notes"])
    assert "-1" not in json.dumps(report["boxes"])


def test_the_wrong_category_is_no_match(truth):
    results = [row | {"category_id": 3 - row["category_id"]} for row in as_results(truth)]
    report = evaluate(truth, results)
    assert report["keypoints"]["AP"] == 0.0
    assert report["boxes"]["confusion"]["counts"] == [[0, 6, 0], [6, 0, 0], [0, 0, 0]]


def test_false_instruments_on_negatives_set_the_operating_point(truth):
    results = [row | {"score": 0.2 + 0.05 * n} for n, row in enumerate(as_results(truth))]
    false = [results[0] | {"image_id": 101, "score": 0.5}]
    report = evaluate(truth, results, negatives=([101, 102], false))
    assert report["boxes"]["negatives"]["share_with_one"] == 0.5
    # Scores 0.2, 0.25, ... 0.75: five of twelve lie above 0.5.
    assert report["boxes"]["operating_point"]["recall"] == pytest.approx(5 / 12)


def test_worst_pictures_come_first_with_the_reason(truth):
    results = as_results(truth)
    results.pop(0)
    keypoints = np.array(results[5]["keypoints"], dtype=float)
    keypoints[0::3] += 20
    results[5]["keypoints"] = keypoints.tolist()
    worst = evaluate(truth, results)["worst"]
    assert [row["why"] for row in worst] == ["missed needle_holder", "keypoints off"]
    # All four labelled keypoints are 20 px off; 0.2 diagonals are 56.6 px; mean of two instances.
    assert worst[1]["loss"] == pytest.approx(20 / (0.2 * 200 * np.sqrt(2)) / 2, abs=1e-4)


def test_settings_are_used_and_written(truth):
    results = [row | {"score": 0.4} for row in as_results(truth)]
    report = evaluate(truth, results, EvaluationSettings(score_thr=0.5, bootstrap=0))
    assert report["boxes"]["recall"] == 0.0 and report["boxes"]["AP"] == pytest.approx(1.0)
    assert report["settings"]["score_thr"] == 0.5
    assert report["settings"]["either_side"] is False
    assert "AP" not in report["keypoints"]["intervals"]


def test_boxes_alone_are_scored_without_keypoints(truth):
    results = [{k: v for k, v in row.items() if k != "keypoints"} for row in as_results(truth)]
    report = evaluate(truth, results)
    assert report["boxes"]["AP"] == pytest.approx(1.0) and "keypoints" not in report


def test_malformed_results_are_refused(truth):
    with pytest.raises(InputError, match="peer.json: result 0"):
        evaluate(truth, [{"image_id": 1}], name="peer.json")
