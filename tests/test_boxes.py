"""Boxes: by hand, there and back, and against pycocotools and torchvision."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as rle
from torchvision.ops import nms

from surgtools.boxes import (
    box_iou_xywh,
    box_iou_xyxy,
    nms_xyxy,
    shared_area_xyxy,
    xywh_to_xyxy,
    xyxy_to_xywh,
)

SIZED = arrays(
    float,
    st.tuples(st.integers(0, 6), st.just(4)),
    elements=st.integers(0, 2000).map(lambda n: n / 4),
)


def test_formats_by_hand():
    assert xywh_to_xyxy([1, 2, 10, 20]).tolist() == [1, 2, 11, 22]
    assert xyxy_to_xywh([[1, 2, 11, 22]]).tolist() == [[1, 2, 10, 20]]
    assert xywh_to_xyxy(np.zeros((0, 4), np.float32)).dtype == np.float32


@given(boxes=SIZED)
def test_there_and_back_is_the_same(boxes):
    np.testing.assert_allclose(xyxy_to_xywh(xywh_to_xyxy(boxes)), boxes, atol=1e-9)


def test_overlap_by_hand():
    a, b = [[0, 0, 2, 2]], [[1, 1, 3, 3], [5, 5, 6, 6], [1, 1, 1, 1]]
    # shared 1, union 4 + 4 - 1 = 7
    assert box_iou_xyxy(a, b)[0].tolist() == pytest.approx([1 / 7, 0, 0])
    assert shared_area_xyxy(a, b)[0].tolist() == [1, 0, 0]
    # the same numbers as corner and size: 2 x 2 at 0 and 3 x 3 at 1 share 1 of 4 + 9 - 1
    assert box_iou_xywh(a, b[:1])[0].tolist() == pytest.approx([1 / 12])
    assert box_iou_xyxy(np.zeros((0, 4)), b).shape == (0, 3)
    assert box_iou_xywh([], b).shape == (0, 3)


@settings(max_examples=100, deadline=None)
@given(boxes=SIZED, others=SIZED)
def test_overlap_is_that_of_pycocotools(boxes, others):
    ours = box_iou_xywh(boxes, others)
    theirs = rle.iou(boxes, others, [0] * len(others)) if len(boxes) and len(others) else ours
    np.testing.assert_allclose(ours, np.reshape(theirs, ours.shape), rtol=1e-6, atol=1e-9)


def test_nms_drops_the_worse_of_one_category_only():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 10]], float)
    scores = np.array([0.6, 0.9, 0.8])
    assert nms_xyxy(boxes, scores, np.array([0, 0, 1]), 0.5).tolist() == [1, 2]
    assert nms_xyxy(boxes, scores, np.array([0, 0, 0]), 0.5).tolist() == [1]
    assert nms_xyxy(np.zeros((0, 4)), np.zeros(0), np.zeros(0), 0.5).tolist() == []


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("low", [0, -300])
def test_nms_is_torchvisions(seed, low):
    """Also left of and above the picture, where a shift by category could make boxes meet."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(low, 50, (200, 2))
    boxes = np.hstack([corner, corner + rng.uniform(5, 40, (200, 2))]).astype(np.float32)
    scores, labels = rng.random(200).astype(np.float32), rng.integers(0, 3, 200)
    theirs: list[int] = []
    for label in range(3):
        own = np.flatnonzero(labels == label)
        kept = nms(torch.from_numpy(boxes[own]), torch.from_numpy(scores[own]), 0.65)
        theirs += own[kept.numpy()].tolist()
    ours = nms_xyxy(boxes, scores, labels, 0.65).tolist()
    assert ours == sorted(theirs, key=lambda n: -scores[n])


def test_equal_scores_keep_their_order():
    boxes = np.array([[0, 0, 9, 9], [0, 0, 9, 9], [50, 0, 59, 9]], float)
    assert nms_xyxy(boxes, np.full(3, 0.0), np.zeros(3, int), 0.5).tolist() == [0, 2]
