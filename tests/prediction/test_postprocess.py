import numpy as np
import pytest
import torch
from torchvision.ops import batched_nms

from surgtools.prediction.postprocess import (
    class_nms,
    iou_matrix,
    select_boxes,
    sigmoid,
)


def test_iou_by_hand():
    a = np.array([[0, 0, 2, 2]])
    b = np.array([[1, 1, 3, 3], [5, 5, 6, 6]])
    # shared 1, union 4 + 4 - 1 = 7
    assert iou_matrix(a, b)[0].tolist() == pytest.approx([1 / 7, 0])
    assert iou_matrix(np.zeros((0, 4)), b).shape == (0, 2)


def test_nms_drops_the_worse_of_one_category_only():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 10]], float)
    scores = np.array([0.6, 0.9, 0.8])
    assert class_nms(boxes, scores, np.array([0, 0, 1]), 0.5).tolist() == [1, 2]
    assert class_nms(boxes, scores, np.array([0, 0, 0]), 0.5).tolist() == [1]
    assert class_nms(np.zeros((0, 4)), np.zeros(0), np.zeros(0), 0.5).tolist() == []


def test_nms_is_torchvisions():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 50, (200, 2))
    boxes = np.hstack([corner, corner + rng.uniform(5, 40, (200, 2))]).astype(np.float32)
    scores, labels = rng.random(200).astype(np.float32), rng.integers(0, 2, 200)
    theirs = batched_nms(*(torch.from_numpy(a) for a in (boxes, scores, labels)), 0.65)
    assert class_nms(boxes, scores, labels, 0.65).tolist() == theirs.tolist()


def test_selected_boxes_are_in_image_pixels_and_inside_the_picture():
    boxes = np.array([[-5.0, 10, 50, 200], [10, 10, 20, 20], [300, 10, 310, 20]])
    scores = np.array([[0.1, 0.9], [0.2, 0.2], [0.8, 0.0]])
    xyxy, score, labels = select_boxes(
        boxes, scores, np.array([0.5, 0.5]), (120, 100), 0.3, 0.65, 10
    )
    # the third lies at x = 600 to 620, outside the picture of 120 x 100; pixel 10 of the half is
    # between 20 and 21, since pixel centers are on integers
    assert xyxy.tolist() == [[0, 20.5, 100.5, 100]]
    assert score.tolist() == [0.9]
    assert labels.tolist() == [1]


def test_sigmoid_does_not_overflow():
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]
