"""COCOeval per category: the same numbers as by hand, words instead of -1."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.coco_eval import (
    KEYPOINT_NUMBERS,
    average_precision,
    pr_curves,
    score_category,
)
from surgtools.metainfo import INSTRUMENTS
from surgtools.taxonomy import COCO_PERSON, SURGICAL

HOLDER, TWEEZERS = SURGICAL.categories


def draw_truth(num_images=12, categories=(1, 2), seed=0):
    """Instruments of random size and place; every third keypoint hidden, some unlabelled."""
    rng = np.random.default_rng(seed)
    builder = CocoBuilder()
    for index in range(num_images):
        image_id = builder.add_image(f"{index}.jpg", 640, 480)
        for category_id in categories:
            corner, size = rng.uniform(0, 200, 2), rng.uniform(30, 220, 2)
            keypoints = np.column_stack(
                [
                    corner + rng.uniform(0, 1, (5, 2)) * size,
                    rng.choice([0, 1, 2], 5, p=[0.1, 0.3, 0.6]),
                ]
            )
            builder.add_annotation(image_id, category_id, keypoints, [*corner, *size])
    return builder.to_dict()


def shake(truth, sigma=6.0, seed=1):
    """Results near the truth, with random scores, some missing and some false."""
    rng = np.random.default_rng(seed)
    results = []
    for row in truth["annotations"]:
        if rng.random() < 0.15:
            continue
        for copy in range(1 + (rng.random() < 0.3)):
            keypoints = np.reshape(row["keypoints"], (-1, 3)).astype(float)
            keypoints[:, :2] += rng.normal(0, sigma * (1 + 5 * copy), (5, 2))
            keypoints[:, 2] = rng.random(5)
            results.append(
                {
                    "image_id": row["image_id"],
                    "category_id": row["category_id"],
                    "bbox": (np.array(row["bbox"]) + rng.normal(0, 8, 4)).clip(1).tolist(),
                    "score": float(rng.random()),
                    "keypoints": keypoints.ravel().tolist(),
                }
            )
    return results


def as_results(truth):
    return [
        {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")} | {"score": 1.0}
        for row in truth["annotations"]
    ]


def by_hand(truth, results, instrument, iou_type):
    """COCOeval exactly as a user would type it."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), iou_type)
        evaluation.params.catIds = [instrument.id]
        evaluation.params.kpt_oks_sigmas = np.array(instrument.sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats


def test_persons_are_scored_by_the_sigmas_of_coco():
    """The scorer's own sigmas, untouched, give the same numbers."""
    rng = np.random.default_rng(0)
    builder = CocoBuilder(None, COCO_PERSON.categories)
    results = []
    for index in range(20):
        image_id = builder.add_image(f"{index}.jpg", 640, 480)
        size = rng.uniform(60, 250, 2)
        xy = rng.uniform(0, 200, 2) + rng.uniform(0, 1, (17, 2)) * size
        box = [*xy.min(axis=0), *np.ptp(xy, axis=0)]
        builder.add_annotation(image_id, 1, np.column_stack([xy, rng.choice([0, 1, 2], 17)]), box)
        found = np.column_stack([xy + rng.normal(0, rng.uniform(2, 14), (17, 2)), np.ones(17)])
        row = {"image_id": image_id, "category_id": 1, "bbox": box, "score": float(rng.random())}
        results.append(row | {"keypoints": found.ravel().tolist()})
    truth = builder.to_dict()
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    numbers = score_category(truth, results, COCO_PERSON.categories[0]).numbers
    assert 0.1 < numbers["AP"] < 0.9
    for name, value in zip(KEYPOINT_NUMBERS, evaluation.stats, strict=True):
        assert numbers[name] == pytest.approx(float(value), abs=1e-9), name


@pytest.mark.parametrize("iou_type", ["keypoints", "bbox"])
@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.name)
def test_numbers_are_those_of_pycocotools_by_hand(instrument, iou_type):
    truth = draw_truth()
    results = shake(truth)
    ours = score_category(truth, results, instrument, iou_type).numbers
    theirs = by_hand(truth, results, instrument, iou_type)
    assert 0.05 < ours["AP"] < 0.95
    for value, expected in zip(ours.values(), theirs, strict=True):
        assert (-1 if value is None else value) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda i: i.name)
def test_ground_truth_as_prediction_is_perfect(instrument):
    truth = draw_truth()
    numbers = score_category(truth, as_results(truth), instrument).numbers
    assert tuple(numbers) == KEYPOINT_NUMBERS
    assert numbers["AP"] == pytest.approx(1.0) == numbers["AR"]


def test_oks_of_one_shifted_instance_by_hand():
    # area 100 * 100, sigma 0.05: e = d^2 / (2 * area * (2 * 0.05)^2) = d^2 / 200. One keypoint of
    # five is 20 px off: OKS = (4 + exp(-2)) / 5 = 0.827, found at 0.50 to 0.80: 7 of 10.
    builder = CocoBuilder()
    image_id = builder.add_image("a.jpg", 200, 200)
    keypoints = np.array([[10, 10, 2], [90, 10, 2], [10, 90, 2], [90, 90, 2], [50, 50, 2]])
    builder.add_annotation(image_id, 2, keypoints, [0, 0, 100, 100])
    truth = builder.to_dict()
    results = as_results(truth)
    moved = np.array(results[0]["keypoints"])
    moved[0] += 20
    results[0]["keypoints"] = moved.tolist()
    assert score_category(truth, results, TWEEZERS).numbers["AP"] == pytest.approx(0.7)


def test_absent_category_is_none_and_absent_results_are_zero():
    truth = draw_truth(categories=(1,))
    assert set(score_category(truth, as_results(truth), TWEEZERS).numbers.values()) == {None}
    assert score_category(truth, [], HOLDER).numbers["AP"] == 0.0


def test_written_num_keypoints_is_not_trusted():
    truth = draw_truth(num_images=2, categories=(1,))
    first = truth["annotations"][0]
    first["keypoints"], first["num_keypoints"] = [0] * 15, 5
    results = [row for row in as_results(truth) if row["image_id"] == 2]
    assert score_category(truth, results, HOLDER).numbers["AR"] == pytest.approx(1.0)


def test_annotation_id_zero_can_be_found():
    truth = draw_truth(num_images=1, categories=(1,))
    truth["annotations"][0]["id"] = 0
    assert score_category(truth, as_results(truth), HOLDER).numbers["AP"] == pytest.approx(1.0)


def test_visibility_selects_the_keypoints_that_count():
    truth = draw_truth(categories=(1,))
    results = as_results(truth)
    for row, result in zip(truth["annotations"], results, strict=True):
        keypoints = np.reshape(row["keypoints"], (-1, 3)).astype(float)
        keypoints[keypoints[:, 2] == 1, :2] += 500
        result["keypoints"] = keypoints.ravel().tolist()
    assert score_category(truth, results, HOLDER, visibility=2).numbers["AP"] == pytest.approx(1.0)
    assert score_category(truth, results, HOLDER, visibility=1).numbers["AP"] == 0.0


def test_larger_sigmas_forgive_more():
    truth = draw_truth()
    results = shake(truth)
    half, whole, double = (
        score_category(truth, results, HOLDER, sigma_factor=factor).numbers["AP"]
        for factor in (0.5, 1.0, 2.0)
    )
    assert half < whole < double


def test_uncertain_sides_take_the_better_assignment_only_when_asked():
    truth = draw_truth(categories=(1,), num_images=1)
    instrument = INSTRUMENTS[0]
    keypoints = np.column_stack([np.random.default_rng(0).uniform(0, 200, (5, 2)), [2] * 5])
    truth["annotations"][0] |= {"keypoints": keypoints.ravel().tolist(), "area": 1000.0}
    results = as_results(truth)
    results[0]["keypoints"] = keypoints[instrument.flip_indices].ravel().tolist()
    assert score_category(truth, results, HOLDER, either_side=True).numbers["AP"] == 0.0
    truth["annotations"][0]["certain_left_right"] = False
    assert score_category(truth, results, HOLDER, either_side=True).numbers["AP"] == pytest.approx(
        1.0
    )
    assert score_category(truth, results, HOLDER, either_side=False).numbers["AP"] == 0.0


@pytest.mark.parametrize("iou_type", ["keypoints", "bbox"])
def test_average_precision_is_cocos_and_weights_repeat_images(iou_type):
    truth = draw_truth()
    results = shake(truth)
    score = score_category(truth, results, HOLDER, iou_type)
    assert average_precision(score) == pytest.approx(score.numbers["AP"], abs=1e-9)

    weights = np.random.default_rng(3).integers(0, 4, len(truth["images"]))
    repeated = {"images": [], "annotations": [], "categories": truth["categories"]}
    repeated_results = []
    for image, count in zip(truth["images"], weights, strict=True):
        for copy in range(count):
            image_id = image["id"] + 1000 * copy
            repeated["images"].append({**image, "id": image_id})
            for row in truth["annotations"]:
                if row["image_id"] == image["id"]:
                    new_id = len(repeated["annotations"]) + 1
                    repeated["annotations"].append({**row, "image_id": image_id, "id": new_id})
            repeated_results += [
                {**row, "image_id": image_id} for row in results if row["image_id"] == image["id"]
            ]
    expected = score_category(repeated, repeated_results, HOLDER, iou_type).numbers["AP"]
    assert average_precision(score, weights) == pytest.approx(expected, abs=1e-9)


def test_average_precision_without_instances_is_nan():
    truth = draw_truth(num_images=2)
    score = score_category(truth, as_results(truth), HOLDER)
    assert np.isnan(average_precision(score, np.zeros(2)))


def test_leaving_sizes_out_changes_no_other_number():
    truth = draw_truth()
    results = shake(truth)
    whole = score_category(truth, results, HOLDER).numbers
    short = score_category(truth, results, HOLDER, by_size=False).numbers
    assert {name for name in whole if short[name] != whole[name]} == {"APm", "APl", "ARm", "ARl"}
    assert {short[name] for name in ("APm", "APl", "ARm", "ARl")} == {None}


def test_curves_are_those_of_a_perfect_answer_and_leave_absent_categories_out():
    truth = draw_truth(categories=(1,))
    scores = {i.name: score_category(truth, as_results(truth), i) for i in INSTRUMENTS}
    curves = pr_curves(scores)
    assert list(curves["categories"]) == ["needle_holder"]
    assert curves["categories"]["needle_holder"]["mean"] == pytest.approx([1.0] * 101)
    assert len(curves["recall"]) == 101
