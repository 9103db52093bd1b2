"""Sigmas from two annotations of the same pictures."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.sigmas import estimate_sigmas


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
    assert list(sigmas.values())[:4] == pytest.approx(expected, rel=0.1)
    assert sigmas["right_tip"] is None


def test_one_keypoint_by_hand():
    a, b = (annotate((0,) * 5, 0, num_images=1) for _ in range(2))
    b["annotations"][0]["keypoints"][0] += 10  # d = 10, area 10000: sqrt(100 / 20000)
    assert estimate_sigmas(a, b)["needle_holder"]["joint"] == pytest.approx(np.sqrt(0.005))
    assert estimate_sigmas(a, b)["tweezers"]["left_tip"] is None


def test_files_without_a_common_instance_are_refused():
    a, b = (annotate((1,) * 5, 0, num_images=2) for _ in range(2))
    b["images"] = [{**image, "file_name": "other" + image["file_name"]} for image in b["images"]]
    with pytest.raises(InputError, match="no instance is in both files"):
        estimate_sigmas(a, b)
