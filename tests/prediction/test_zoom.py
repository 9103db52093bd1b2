"""Small instruments in large frames are found, once each, wherever the parts end."""

import numpy as np
import pytest

from surgtools.prediction.estimators import Boxes
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.zoom import tiles, tiles_along, uncut

BLUE, RED = (230, 40, 40), (40, 40, 230)


def frame(*rectangles) -> np.ndarray:
    """Four times the input of the toy networks, with rectangles as x, y, w, h, color."""
    image = np.full((480, 640, 3), 90, np.uint8)
    for x, y, width, height, color in rectangles:
        image[y : y + height, x : x + width] = color
    return image


@pytest.fixture
def look(toy):
    """Boxes that the toy networks report of a picture at a zoom."""

    def look(image, zoom, **options):
        networks = toy.predictor.detector.backend, toy.predictor.pose.backend
        (result,) = Inferencer.from_backends(*networks, zoom=zoom, **options)(image)
        return [(i.category_id, *np.round(i.bbox).astype(int).tolist()) for i in result.instances]

    return look


def assert_near(found, *expected):
    assert sorted(row[0] for row in found) == sorted(row[0] for row in expected)
    for own, wanted in zip(sorted(found), sorted(expected), strict=True):
        np.testing.assert_allclose(own[1:], wanted[1:], atol=5)


def test_a_small_instrument_that_four_tiles_show_is_found_once(look):
    image = frame((165, 120, 8, 6, BLUE), (500, 400, 8, 6, RED))
    assert look(image, "off") == []
    assert_near(look(image, 4), (1, 165, 120, 173, 126), (2, 500, 400, 508, 406))


def test_a_tile_border_through_an_instrument_does_not_cut_it(look):
    # the first tile ends at 197; the second, from 148 on, shows all of it
    image = frame((180, 20, 60, 45, BLUE))
    assert_near(look(image, 4), (1, 180, 20, 240, 65))


def test_an_instrument_larger_than_any_tile_is_that_of_the_whole_frame(look):
    image = frame((100, 60, 400, 300, RED))
    assert_near(look(image, 4), (2, 100, 60, 500, 360))


def test_several_views_zoom_too(look):
    image = frame((165, 120, 8, 6, BLUE))
    assert look(image, "off", tta=True) == []
    assert_near(look(image, 4, tta=True), (1, 165, 120, 173, 126))


def test_tiles_cover_the_picture_and_overlap():
    own = tiles(640, 480, 4)
    assert len(own) == 16
    assert {(x2 - x1, y2 - y1) for x1, y1, x2, y2 in own} == {(197, 148)}
    shown = np.zeros((480, 640), int)
    for x1, y1, x2, y2 in own:
        shown[y1:y2, x1:x2] += 1
    assert shown.min() == 1 and shown[0, 150:195].min() == 2
    assert tiles(640, 480, 1) == [(0, 0, 640, 480)]


@pytest.mark.parametrize(
    ("zoom", "longer", "along"),
    [("off", 3840, 1), (2, 1920, 2), ("auto", 640, 1), ("auto", 1920, 2), ("auto", 3840, 3)],
)
def test_auto_zooms_into_what_would_shrink_more_than_two_and_a_half_times(zoom, longer, along):
    # 1920 / 640 = 3, in 2 tiles 1098 / 640 = 1.7
    # 3840 in 2 tiles: 2195 / 640 = 3.4; in 3: 1536 / 640 = 2.4
    assert tiles_along(zoom, longer, 640) == along


def test_borders_of_the_picture_cut_nothing():
    boxes = Boxes(
        np.array([[0, 0, 50, 50], [60, 10, 99.5, 40], [10, 10, 60, 60]], np.float32),
        np.array([0.9, 0.8, 0.7]),
        np.array([1, 1, 2]),
    )
    assert uncut(boxes, (0, 0, 100, 100), 200, 100).xyxy.tolist() == [
        [0, 0, 50, 50],
        [10, 10, 60, 60],
    ]
    assert uncut(boxes, (100, 0, 200, 100), 200, 100).xyxy.tolist() == [
        [160, 10, 199.5, 40],
        [110, 10, 160, 60],
    ]
