"""Brightness of steel, on pictures whose dark share is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as rle

from surgtools.annotations.coco import CocoBuilder

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def steel(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_ROOT / "benchmarks"))
    import steel_brightness

    return steel_brightness


def bar(x, dark=3, size=100):
    """A table of level 140 with a bar of 10 x 80, of which ``dark`` quarters are dark."""
    picture = np.full((size, size), 140, np.float32)
    picture[x : x + 10, 10:90] = 200
    picture[x : x + 10, 10 : 10 + 20 * dark] = 60
    return picture


def test_photographs_of_one_table_need_no_labels(steel):
    grey = np.stack([bar(x) + light for x, light in ((5, 0), (25, 4), (45, -4), (65, 0), (85, 2))])
    tables, shares = steel.dark_in_photographs(grey)
    assert tables.tolist() == [140, 144, 136, 140, 142]
    # 600 of 800 pixels are dark; smoothing moves the outline by less than a pixel
    assert shares == pytest.approx([0.75] * 5, abs=0.03)


def test_rendered_pictures_are_read_by_their_masks(steel, tmp_path):
    (tmp_path / "images").mkdir()
    picture = bar(40, dark=1)
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.repeat(picture[..., None], 3, axis=2))
    mask = np.asfortranarray((picture != 140).astype(np.uint8))
    encoded = rle.encode(mask)
    segmentation = {"size": encoded["size"], "counts": encoded["counts"].decode()}
    builder = CocoBuilder()
    image_id = builder.add_image("a.png", 100, 100)
    keypoints = np.column_stack([np.linspace(12, 88, 5), np.full(5, 45.0), np.full(5, 2)])
    builder.add_annotation(image_id, 2, keypoints, (10, 40, 80, 10), segmentation=segmentation)
    builder.write(tmp_path / "coco_keypoints.json")
    tables, shares = steel.dark_in_rendered(tmp_path)
    assert tables.tolist() == [140]
    assert shares.tolist() == [0.25]


def test_nothing_found_is_said(steel):
    assert steel.describe(np.array([])) == "no instrument found"
    assert steel.describe(np.array([0.5, np.nan])) == "1 instruments, 0.50 dark (0.50 to 0.50)"
