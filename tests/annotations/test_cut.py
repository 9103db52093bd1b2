"""Layers are made of photographs whose labels fit what lies on the ground, and of no others."""

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.cut import cut_photographs, misfit, share_out
from surgtools.annotations.masks import decode_mask
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL

TWEEZERS = np.array([[30, 30, 2], [70, 60, 2], [110, 90, 2], [70, 60, 2], [110, 90, 2]])
"""A closed pair, drawn as one thick line."""


def label(shift=0, box=None):
    points = TWEEZERS + [shift, 0, 0]
    box = box or [26 + shift, 26, 88, 68]
    return {"category_id": 2, "keypoints": points.ravel().tolist(), "bbox": box}


@pytest.fixture
def photographs(tmp_path):
    """Three pictures: one instrument, two, and one whose label lies beside it."""
    builder = CocoBuilder()
    for number, (drawn, labelled) in enumerate([([0], [0]), ([0, 80], [0, 80]), ([0], [60])]):
        picture = np.full((140, 240, 3), 180, np.uint8)
        for shift in drawn:
            cv2.line(picture, (30 + shift, 30), (110 + shift, 90), (60, 60, 60), 8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
        image = builder.add_image(f"{number}.png", 240, 140)
        for shift in labelled:
            row = label(shift)
            points = np.array(row["keypoints"], float).reshape(-1, 3)
            builder.add_annotation(image, 2, points, row["bbox"])
    builder.add_image("none.png", 240, 140)
    return builder.to_dict(), tmp_path


def test_layers_hold_what_the_labels_say(photographs):
    content, folder = photographs
    builder, left_out = cut_photographs(content, folder, folder / "out")
    assert [row["layer"] for row in builder.images] == ["cut_000000.png", "cut_000001.png"]
    assert len(builder.annotations) == 3
    assert left_out == [
        "2.png: what differs from the ground does not fill the labelled box",
        "none.png: has no label",
    ]
    layer = cv2.imread(str(folder / "out/layers/cut_000000.png"), cv2.IMREAD_UNCHANGED)
    assert layer[60, 70].tolist() == [60, 60, 60, 255] and layer[100, 40, 3] == 0
    assert cv2.imread(str(folder / "out/images/cut_000001.jpg")).shape == (140, 240, 3)
    one, two = (decode_mask(row) for row in builder.annotations[1:])
    assert one[60, 70] and not one[60, 150] and two[60, 150] and not two[60, 70]
    assert not (one & two).any()


def test_a_picture_that_is_missing_is_named(photographs):
    content, folder = photographs
    (folder / "1.png").unlink()
    with pytest.raises(InputError, match=r"1\.png"):
        cut_photographs(content, folder, folder / "out")


def test_pixels_go_to_the_nearest_skeleton_or_box():
    mask = np.ones((140, 240), np.uint8)
    bare = {"category_id": 2, "keypoints": [0] * 15, "bbox": [180, 10, 50, 100]}
    bones, box = share_out(mask, [label(), bare], SURGICAL)
    assert bones[60, 70] and box[60, 200]
    assert (bones + box == 1).all()


def test_what_does_not_fit_is_told():
    mask = np.zeros((140, 240), np.uint8)
    cv2.line(mask, (30, 30), (110, 90), 1, 8)
    box = np.array([[26.0, 26.0, 114.0, 94.0]])
    assert misfit([mask], [label()], box) == ""
    away = label()
    away["keypoints"][0:3] = [100, 32, 2]
    assert "a visible keypoint lies beside" in misfit([mask], [away], box)
    away["keypoints"][2] = 1  # hidden: nobody can tell
    assert misfit([mask], [away], box) == ""
    assert "does not fill" in misfit([np.zeros_like(mask)], [label()], box)
