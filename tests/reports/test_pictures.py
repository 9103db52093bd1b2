"""Worst pictures and mosaics."""

import base64

import cv2
import numpy as np

from surgtools.metainfo import to_union
from surgtools.reports.pictures import SIDE, batch_mosaic, data_uri, show_worst_pictures

POINTS = np.array([[50, 20, 2], [40, 60, 1], [45, 90, 2], [60, 60, 2], [55, 90, 2]], dtype=float)
TRUTH = {"category_id": 2, "bbox": [30, 10, 40, 85], "keypoints": POINTS.ravel().tolist()}
GREY = np.full((100, 200, 3), 90, np.uint8)


def decode(uri):
    data = np.frombuffer(base64.b64decode(uri.split(",")[1]), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_truth_stands_left_of_the_answer(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), GREY)
    row = {
        "file_name": "a.png",
        "why": "missed tweezers",
        "loss": 1.0,
        "truth": [TRUTH],
        "found": [],
    }
    shown = show_worst_pictures([row, row | {"file_name": "gone.png"}], tmp_path)
    assert [entry["caption"] for entry in shown] == ["a.png: missed tweezers (loss 1.00)"]
    image = decode(shown[0]["uri"])
    assert image.shape == (SIDE // 2, 2 * SIDE, 3)
    assert image[:, :SIDE].std() > 5 > image[:, SIDE + 8 :].std()


def test_mosaic_draws_the_target_of_each_stage():
    union = to_union(POINTS[None], 2)
    pose = {
        "img": GREY,
        "transformed_keypoints": union[..., :2],
        "keypoints_visibility": union[..., 2],
        "category_id": 2,
    }
    detector = {
        "img": GREY,
        "gt_bboxes": np.array([[20, 20, 180, 80]], dtype=np.float32),
        "gt_bboxes_labels": np.array([1]),
    }
    mosaic = batch_mosaic([pose, detector, detector], columns=2, side=100)
    assert mosaic.shape == (200, 200, 3)
    assert mosaic[:50, :100].std() > 5 and mosaic[:50, 100:].std() > 5
    assert (mosaic[100:, 100:] == 255).all()
    assert batch_mosaic([]).size == 0


def test_a_data_uri_keeps_the_picture():
    assert np.abs(decode(data_uri(GREY)).astype(int) - GREY).max() <= 2
