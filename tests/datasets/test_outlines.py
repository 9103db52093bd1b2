"""Points whose box stays tight when the instrument is turned."""

import cv2
import numpy as np
import pytest
from pycocotools import mask as rle

from surgtools.datasets.outlines import MAX_MASK_POINTS, outline_of
from surgtools.errors import InputError

TWEEZERS = np.array([[50, 5, 2], [48, 40, 2], [46, 80, 2], [52, 40, 1], [0, 0, 0]], float)


EVERYWHERE = np.array([[50, 30, 2], [40, 40, 2], [46, 80, 2], [52, 40, 2], [54, 79, 2]], float)
BOX = (45, 4, 8, 78)  # from (45, 4) to (53, 82)


def annotation(keypoints=TWEEZERS, **extra):
    return {"category_id": 2, "keypoints": keypoints.ravel().tolist(), "bbox": BOX, **extra}


def box_of(points):
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


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
    outline = outline_of(annotation(EVERYWHERE, segmentation=segmentation, bbox=(30, 10, 30, 70)))
    assert box_of(outline).tolist() == [30, 10, 60, 80]


def test_long_outlines_are_thinned():
    mask = np.zeros((1000, 1000), np.uint8)
    mask[10:990, 10:990] = 1
    segmentation = rle.encode(np.asfortranarray(mask))
    box = (10, 10, 979, 979)
    points = outline_of(annotation(EVERYWHERE, segmentation=segmentation, bbox=box))
    assert 100 < len(points) <= MAX_MASK_POINTS + 5 + 4 * 2


def drawn_tweezers(degrees):
    """Closed tweezers, 10 pixels thick and 160 long: pixels (240, 240), keypoints (5, 3)."""
    turn = cv2.getRotationMatrix2D((120, 120), degrees, 1.0)
    ends = np.array([[40, 120], [120, 118], [200, 119], [120, 122], [200, 121]])
    points = ends @ turn[:, :2].T + turn[:, 2]
    canvas = np.zeros((240, 240), np.uint8)
    line = [tuple(map(int, np.round(points[i] * 16))) for i in (0, 2)]
    cv2.line(canvas, *line, 255, 10, shift=4)
    return canvas, np.column_stack([points, np.full(5, 2)])


def pixels_of(canvas):
    y, x = np.nonzero(canvas)
    return np.stack([x, y], axis=1)


@pytest.mark.parametrize("degrees", [0, 25, 45, 70])
@pytest.mark.parametrize("onto", [0, 45, 90])
def test_bones_are_as_thick_as_the_box_says(degrees, onto):
    """However the instrument lies, its outline turned elsewhere has the box of its pixels."""
    canvas, keypoints = drawn_tweezers(degrees)
    x1, y1, x2, y2 = box_of(pixels_of(canvas))
    outline = outline_of(annotation(keypoints, bbox=(x1, y1, x2 - x1, y2 - y1)))
    turn = cv2.getRotationMatrix2D((120, 120), onto - degrees, 1.0)
    elsewhere, _ = drawn_tweezers(onto)
    box = box_of(outline @ turn[:, :2].T + turn[:, 2])
    np.testing.assert_allclose(box, box_of(pixels_of(elsewhere)), atol=4)


@pytest.mark.parametrize("room, thick", [(15.7, True), (15.8, False)])
def test_how_thick_an_instrument_may_be(room, thick):
    """Above and below a row of keypoints 100 long; 0.15 of the diagonal is 15.72 and 15.73."""
    row = np.array([[10, 50, 2], [60, 50, 2], [110, 50, 2], [60, 50, 2], [110, 50, 2]], float)
    outline = outline_of(annotation(row, bbox=(10, 50 - room, 100, 2 * room)))
    middle = outline[np.abs(outline[:, 0] - 60) < 3]
    assert np.ptp(middle[:, 1]) == pytest.approx(2 * room if thick else 0, abs=0.01)


def test_an_outline_touches_the_sides_of_its_box():
    """Nothing is known of the tips; the box says that they are there."""
    tips_unknown = TWEEZERS.copy()
    tips_unknown[2, 2] = 0
    outline = outline_of(annotation(tips_unknown))
    np.testing.assert_allclose(box_of(outline), [45, 4, 53, 82])
    middle = outline[(outline[:, 1] > 50) & (outline[:, 1] < 75)]
    assert len(middle), "a part of it is left where the picture cuts it"
    assert outline_of(annotation(np.zeros((5, 3)))).shape == (0, 2)


def test_nothing_of_an_outline_is_far_from_its_neighbors():
    """A picture that ends amid a long side must not take the rest of the side along."""
    corners = [[10, 10, 310, 10, 310, 30, 10, 30]]
    keypoints = np.array([[10, 20, 2], [160, 10, 2], [310, 12, 2], [160, 30, 2], [310, 28, 2]])
    for segmentation in (corners, None):
        outline = outline_of(
            annotation(keypoints, segmentation=segmentation, bbox=(10, 10, 300, 20))
        )
        for end in np.arange(20, 300, 7):
            left = outline[outline[:, 0] < end]
            assert left[:, 0].max() > end - 4
        np.testing.assert_allclose(box_of(outline), [10, 10, 310, 30])


def test_bones_are_drawn_where_a_mask_shows_nothing():
    """Handle end and left arm are seen, the right arm is hidden behind a hand."""
    mask = [[44, 4, 52, 4, 50, 42, 46, 42]]
    hidden = np.array([[48, 5, 2], [47, 40, 2], [47, 81, 1], [50, 40, 1], [49, 81, 1]], float)
    outline = outline_of(annotation(hidden, segmentation=mask, bbox=(44, 4, 8, 80)))
    below = outline[outline[:, 1] > 50]
    assert np.ptp(below[:, 0]) == pytest.approx(8, abs=2.5), "as thick as the box says"
    seen = outline_of(annotation(hidden * [1, 1, 0] + [0, 0, 2], segmentation=mask))
    assert np.ptp(seen[seen[:, 1] > 50][:, 0]) < 5, "what is seen is in the mask"


@pytest.mark.parametrize(
    "bbox", [(50, 50, 1e-3, 1e-3), (50, 50, 1e-9, 1e-9), (0.4, 0.1, 0.1, 0.7), (0, 0, 1e6, 1e-6)]
)
@pytest.mark.parametrize("mask", [None, [[40, 10, 1900, 10, 60, 80]]])
def test_a_box_that_is_far_too_small_makes_no_millions_of_points(bbox, mask):
    """Boxes in shares of 1 beside keypoints in pixels, and boxes of a slipped mouse."""
    outline = outline_of(annotation(EVERYWHERE * [20, 20, 1], bbox=bbox, segmentation=mask))
    assert 0 < len(outline) < 20_000
    assert np.isfinite(outline).all()


def test_a_mask_that_is_none_is_named():
    broken = annotation(id=3, segmentation={"size": [4, 4], "counts": "04"})
    with pytest.raises(InputError, match="annotation 3"):
        outline_of(broken)
