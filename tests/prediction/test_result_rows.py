"""Rows that are scored are those that predict would write."""

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.prediction.augmentation import ONE_VIEW
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.result_rows import BATCH, box_rows, found_rows, stage_rows, to_rows
from surgtools.prediction.results import Instance
from surgtools.prediction.thresholds import Thresholds


def instance(score: float = 0.123456) -> Instance:
    points = np.arange(10.0).reshape(5, 2) + 0.123456
    return Instance(
        1, np.array([1.23456, 2, 11, 22]), score, points, np.full(5, 0.5), np.full(5, 0.25)
    )


def test_rows_have_the_digits_of_predictions_json():
    (row,) = to_rows([instance()], 7)
    assert row["image_id"] == 7 and row["category_id"] == 1
    assert row["bbox_score"] == 0.1235 and row["score"] == pytest.approx(0.1235 * 0.5)
    assert row["bbox"] == pytest.approx([1.23, 2, 9.77, 20])
    assert row["keypoints"][:3] == [0.12, 1.12, 0.5] and row["keypoint_visible"] == [0.25] * 5


def test_every_picture_is_shown_once_in_order_and_counted():
    images, seen, shown = [{"id": n} for n in range(BATCH + 3)], [], []

    def find(pictures):
        shown.append(len(pictures))
        return [[instance(0.1 * picture[0, 0, 0])] for picture in pictures]

    def read(image):
        return np.full((2, 2, 3), image["id"], np.uint8)

    rows = found_rows(find, images, read, seen.append)
    assert [row["image_id"] for row in rows] == list(range(BATCH + 3))
    assert [row["bbox_score"] for row in rows] == pytest.approx(
        [0.1 * n for n in range(BATCH + 3)]
    )
    assert shown == [BATCH, 3] and seen == [BATCH, BATCH + 3]


def test_each_stage_has_its_rows():
    builder = CocoBuilder()
    image_id = builder.add_image("a.png", 100, 80)
    builder.add_annotation(image_id, 1, [[5, 5, 2]] * 5, [90, 70, 30, 30])
    builder.add_annotation(image_id, 2, [[5, 5, 0]] * 5, [10, 10, 30, 30])
    builder.add_image("b.png", 100, 80)
    boxes = Boxes(np.array([[0.0, 0, 9, 9]] * 2), np.array([0.9, 0.2]), np.array([1, 1]))
    asked = []

    def detect(images, floor):
        return [boxes.subset(boxes.scores > floor) for _ in images]

    def pose(images, given):
        asked.extend(given)
        return [
            [instance(float(s)).changed(bbox=b) for b, s in zip(own.xyxy, own.scores, strict=True)]
            for own in given
        ]

    def read(image):
        return np.zeros((80, 100, 3), np.uint8)

    predictor = Predictor(detect, pose, Thresholds(0.5))
    rows = stage_rows(predictor, builder.to_dict(), read)
    assert [row["score"] for row in rows["boxes"]] == [0.9, 0.2] * 2, "with the doubtful ones"
    assert [row["bbox_score"] for row in rows["keypoints_detector_boxes"]] == [0.9, 0.9]
    # within the picture, the unlabelled one left out
    (row,) = rows["keypoints_gt_boxes"]
    assert row["bbox"] == [90, 70, 9, 9] and row["bbox_score"] == 1.0
    assert [len(own) for own in asked] == [1, 1, 1, 0]
    others = stage_rows(predictor, builder.to_dict(), read, ONE_VIEW, False)
    assert "keypoints_gt_boxes" not in others


def test_boxes_alone_keep_their_digits():
    boxes = Boxes(np.array([[0.123456, 0, 9, 9]]), np.array([0.123456]), np.array([2]))
    (row,) = box_rows(boxes, 3)
    assert row["bbox"][0] == pytest.approx(0.123456) and row["score"] == pytest.approx(0.123456)
    assert row["category_id"] == 2 and "keypoints" not in row
