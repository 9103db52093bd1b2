"""Sigmas from two annotations of the same pictures."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.sigmas import SigmaEstimate, estimate_sigmas
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


def annotate(spread, seed, num_images=300, first=0):
    rng = np.random.default_rng(seed)
    builder = CocoBuilder()
    for index in range(first):
        builder.add_image(f"extra{index}.jpg", 300, 300)
    for index in range(num_images):
        image_id = builder.add_image(f"{index}.jpg", 300, 300)
        xy = np.full((5, 2), 100.0) + rng.normal(0, 1, (5, 2)) * np.array(spread)[:, None]
        keypoints = np.column_stack([xy, [2, 2, 1, 2, 0]])
        builder.add_annotation(image_id, 1, keypoints, [50, 50, 100, 100])
    return builder.to_dict()


def test_known_spread_is_found_again_though_ids_differ():
    # Each coordinate has spread s, so E[d^2] of one annotator is 2 s^2; the scale is 100 px.
    spread = (1.0, 2.0, 4.0, 0.5, 1.0)
    sigmas = estimate_sigmas(annotate(spread, 1), annotate(spread, 2, first=3))["needle_holder"]
    expected = [np.sqrt(2) * s / 100 for s in spread[:4]]
    found = list(sigmas.values())
    assert [e.sigma for e in found[:4]] == pytest.approx(expected, rel=0.1)
    assert [e.num_pairs for e in found] == [300, 300, 300, 300, 0]
    assert sigmas["right_tip"].sigma is None


def test_one_keypoint_by_hand():
    a, b = (annotate((0,) * 5, 0, num_images=1) for _ in range(2))
    b["annotations"][0]["keypoints"][0] += 10  # d = 10, area 10000: sqrt(100 / 20000)
    joint = estimate_sigmas(a, b)["needle_holder"]["joint"]
    assert joint.sigma == pytest.approx(np.sqrt(0.005)) and joint.num_pairs == 1
    assert estimate_sigmas(a, b)["tweezers"]["left_tip"] == SigmaEstimate(None, 0)


def test_the_same_labels_twice_are_zero_and_unlabelled_ones_are_not():
    a = annotate((1,) * 5, 0, num_images=2)
    sigmas = estimate_sigmas(a, a)["needle_holder"]
    assert [e.is_zero for e in sigmas.values()] == [True] * 4 + [False]


@pytest.mark.parametrize("uncertain", [("a",), ("b",), ("a", "b"), ()])
def test_sides_that_are_uncertain_in_either_file_are_measured_the_nearer_way(uncertain):
    a, b = (annotate((0,) * 5, 0, num_images=1) for _ in range(2))
    first, second = a["annotations"][0], b["annotations"][0]
    # joint, left handle, left tip, right handle, right tip; b has the sides traded.
    first["keypoints"] = [60, 60, 2, 60, 90, 2, 120, 60, 2, 80, 90, 2, 120, 80, 2]
    second["keypoints"] = [60, 60, 2, 80, 90, 2, 120, 80, 2, 60, 90, 2, 120, 60, 2]
    for name, row in (("a", first), ("b", second)):
        row["certain_left_right"] = name not in uncertain
    # 20 px apart if not traded, area 10000: sqrt(400 / 20000).
    expected = 0 if uncertain else np.sqrt(0.02)
    assert estimate_sigmas(a, b)["needle_holder"]["left_tip"].sigma == pytest.approx(expected)


def test_traded_labels_keep_who_labelled_what():
    a, b = (annotate((0,) * 5, 0, num_images=1) for _ in range(2))
    first, second = a["annotations"][0], b["annotations"][0]
    first["certain_left_right"] = False
    first["keypoints"] = [0, 0, 0, 60, 90, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    second["keypoints"] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 100, 2, 0, 0, 0]
    sigmas = estimate_sigmas(a, b)["needle_holder"]
    # 10 px apart, area 10000: sqrt(100 / 20000).
    assert sigmas["left_handle"] == SigmaEstimate(pytest.approx(np.sqrt(0.005)), 1)
    assert sigmas["right_handle"].num_pairs == 0


def test_crowd_regions_are_no_second_annotation():
    a, b = (annotate((0,) * 5, 0, num_images=1) for _ in range(2))
    b["annotations"][0]["iscrowd"] = 1
    with pytest.raises(InputError, match="no instance is in both files"):
        estimate_sigmas(a, b)


def test_boxes_that_say_nothing_of_keypoints_are_passed_over():
    drape = Category(7, "drape", ())
    taxonomy = Taxonomy("with drapes", (*SURGICAL.categories, drape))
    content = annotate((1,) * 5, 0, num_images=1)
    box = {"id": 9, "image_id": 1, "category_id": 7, "bbox": [0, 0, 20, 10]}
    content["annotations"].append(box)
    assert estimate_sigmas(content, content, taxonomy)["drape"] == {}


def test_files_without_a_common_instance_are_refused():
    a, b = (annotate((1,) * 5, 0, num_images=2) for _ in range(2))
    b["images"] = [{**image, "file_name": "other" + image["file_name"]} for image in b["images"]]
    with pytest.raises(InputError, match="no instance is in both files"):
        estimate_sigmas(a, b)
