"""Points whose box stays tight when the instrument is turned."""

import cv2
import numpy as np
import pytest
from pycocotools import mask as rle

from surgtools.datasets.outlines import MAX_MASK_POINTS, bone_outline, outline_of

TWEEZERS = np.array([[50, 5, 2], [48, 40, 2], [46, 80, 2], [52, 40, 1], [0, 0, 0]], float)


def annotation(**extra):
    return {"keypoints": TWEEZERS.ravel().tolist(), **extra}


@pytest.mark.parametrize("compressed", [True, False])
def test_outline_spans_the_mask(compressed):
    mask = np.zeros((90, 100), np.uint8)
    mask[10:81, 30:61] = 1
    if compressed:
        segmentation = rle.encode(np.asfortranarray(mask))
        segmentation["counts"] = segmentation["counts"].decode()
    else:
        flat = np.concatenate([[0], mask.ravel(order="F"), [0]])
        runs = np.diff(np.flatnonzero(np.diff(flat)), prepend=0, append=mask.size)
        segmentation = {"size": [90, 100], "counts": runs.tolist()}
    outline = outline_of(annotation(segmentation=segmentation))[4:]
    assert outline.min(axis=0).tolist() == [30, 10]
    assert outline.max(axis=0).tolist() == [60, 80]
    assert len(outline) <= MAX_MASK_POINTS


def test_long_outlines_are_thinned():
    mask = np.zeros((1000, 1000), np.uint8)
    mask[10:990, 10:990] = 1
    segmentation = rle.encode(np.asfortranarray(mask))
    points = outline_of(annotation(segmentation=segmentation))
    assert 100 < len(points) <= MAX_MASK_POINTS + 5


def drawn_tweezers(degrees):
    """Closed tweezers, 10 pixels thick and 160 long: pixels (240, 240), keypoints (5, 3)."""
    turn = cv2.getRotationMatrix2D((120, 120), degrees, 1.0)
    ends = np.array([[40, 120], [120, 118], [200, 119], [120, 122], [200, 121]])
    points = ends @ turn[:, :2].T + turn[:, 2]
    canvas = np.zeros((240, 240), np.uint8)
    line = [tuple(map(int, np.round(points[i] * 16))) for i in (0, 2)]
    cv2.line(canvas, *line, 255, 10, shift=4)
    return canvas, np.column_stack([points, np.full(5, 2)])


def box_of(points):
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def pixels_of(canvas):
    y, x = np.nonzero(canvas)
    return np.stack([x, y], axis=1)


@pytest.mark.parametrize("degrees", [0, 25, 45, 70])
@pytest.mark.parametrize("onto", [0, 45, 90])
def test_bones_are_as_thick_as_the_box_says(degrees, onto):
    """However the instrument lies, its outline turned elsewhere has the box of its pixels."""
    canvas, keypoints = drawn_tweezers(degrees)
    x1, y1, x2, y2 = box_of(pixels_of(canvas))
    outline = bone_outline(keypoints, (x1, y1, x2 - x1, y2 - y1), 2)
    turn = cv2.getRotationMatrix2D((120, 120), onto - degrees, 1.0)
    elsewhere, _ = drawn_tweezers(onto)
    box = box_of(outline @ turn[:, :2].T + turn[:, 2])
    np.testing.assert_allclose(box, box_of(pixels_of(elsewhere)), atol=4)


def test_an_outline_reaches_to_where_its_box_ends_without_a_keypoint():
    ends_unknown = TWEEZERS.copy()
    ends_unknown[2, 2] = 0
    outline = bone_outline(ends_unknown, (45, 4, 8, 78), 2)
    assert outline[:, 1].max() == pytest.approx(82, abs=0.5)
    assert outline[:, 1].min() == pytest.approx(4, abs=0.5)
    middle = outline[(outline[:, 1] > 50) & (outline[:, 1] < 75)]
    assert len(middle), "a part of it is left where the picture cuts it"
    assert len(bone_outline(np.zeros((5, 3)), (45, 4, 8, 78), 2)) == 0


def test_a_mask_comes_before_bones():
    points = outline_of(annotation(segmentation=[[1, 2, 30, 4, 5, 60]], bbox=[0, 0, 90, 90]))
    assert points[:4].tolist() == TWEEZERS[:4, :2].tolist()
    assert points[4:].tolist() == [[1, 2], [30, 4], [5, 60]]
    bare = outline_of(annotation(category_id=2, bbox=[45, 4, 8, 78]))
    np.testing.assert_allclose(box_of(bare), [45, 4, 53, 82], atol=2)
