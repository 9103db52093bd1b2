"""Boxes of what is no instrument: from the file, from the layer, drawn at random."""

import json

import cv2
import numpy as np
import pytest
from pycocotools import mask as rle

from surgtools.annotations.coco import CocoBuilder
from surgtools.datasets.negative_boxes import (
    NegativeBoxes,
    boxes_beside,
    boxes_of_things,
    is_clear_of,
)
from surgtools.errors import InputError

KEYPOINTS = np.array([[20, 20, 2], [20, 60, 2], [20, 100, 2], [30, 60, 2], [30, 100, 2]], float)
INSTRUMENT = (10, 10, 30, 100)  # xywh
SCISSORS = (100, 40, 60, 20)


def draw_layer(*bars, color=120):
    """Bars as ``xywh`` on nothing; alpha is at least 1, as ``read_premultiplied_layer`` has it."""
    layer = np.zeros((200, 200, 4), np.uint8)
    layer[..., 3] = 1
    for x, y, width, height in bars:
        layer[y : y + height, x : x + width] = (color, color, color, 255)
    return layer


def draw_mask(x, y, width, height):
    mask = np.zeros((200, 200), np.uint8)
    mask[y : y + height, x : x + width] = 1
    return mask


@pytest.fixture
def content():
    builder = CocoBuilder()
    image = builder.add_image("a.jpg", 200, 200, layer="a.png")
    mask = rle.encode(np.asfortranarray(draw_mask(*INSTRUMENT)))
    builder.add_annotation(image, 2, KEYPOINTS, INSTRUMENT, segmentation=mask)
    return builder.to_dict()


def test_what_the_layer_holds_beside_the_instrument():
    boxes = boxes_beside(draw_layer(INSTRUMENT, SCISSORS), [draw_mask(*INSTRUMENT)])
    assert boxes.tolist() == [[100, 40, 159, 59]]


def test_shadows_and_specks_are_no_things():
    assert boxes_beside(draw_layer(SCISSORS, color=0), []).shape == (0, 4)
    assert boxes_beside(draw_layer((100, 40, 20, 20)), []).shape == (0, 4)
    faint = draw_layer(SCISSORS)
    faint[..., 3] = 150
    assert boxes_beside(faint, []).shape == (0, 4)


def test_layer_is_read_for_a_picture_whose_file_names_nothing(content, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), draw_layer(INSTRUMENT, SCISSORS))
    found = NegativeBoxes(background_share=0).find(content, tmp_path)
    assert [image_id for image_id, _ in found] == [1]
    assert found[0][1].tolist() == [100, 40, 159, 59]


def test_names_in_the_file_stand_for_the_layer(content, tmp_path):
    content["images"][0]["distractors"] = [{"name": "scissors", "bbox": list(SCISSORS)}]
    found = NegativeBoxes(background_share=0).find(content, tmp_path / "absent")
    assert found[0][1].tolist() == [100, 40, 160, 60]


def test_specks_with_a_name_are_no_things_and_no_names_mean_that_nothing_else_is_there(tmp_path):
    speck = {"name": "coin", "bbox": [5, 5, 39, 39]}
    assert boxes_of_things({"distractors": [speck]}, [], tmp_path).shape == (0, 4)
    assert boxes_of_things({"distractors": [], "layer": "absent.png"}, [], tmp_path).shape == (
        0,
        4,
    )


def test_without_layer_or_masks_there_are_no_things(content, tmp_path):
    image = {"id": 1, "file_name": "a.jpg"}
    assert boxes_of_things(image, [], tmp_path).shape == (0, 4)
    without_mask = [{"bbox": INSTRUMENT}]
    assert boxes_of_things(content["images"][0], without_mask, tmp_path).shape == (0, 4)


def test_clear_of_instruments_by_hand():
    instruments = np.array([[0, 0, 100, 100]], np.float32)
    # shares 40 x 100 of 10000 + 10000 - 4000: IoU 0.25, 0.4 of the box inside
    assert is_clear_of(np.array([60.0, 0, 160, 100]), instruments)
    # 60 x 100 of 14000: IoU 0.43
    assert not is_clear_of(np.array([40.0, 0, 140, 100]), instruments)
    # all of a small box inside, IoU 0.01
    assert not is_clear_of(np.array([40.0, 40, 50, 50]), instruments)
    assert is_clear_of(np.array([40.0, 40, 50, 50]), np.zeros((0, 4)))


def test_background_boxes_keep_off_instruments_and_repeat(content, tmp_path):
    settings = NegativeBoxes(things=False, background_share=20)
    first, again = (settings.find(content, tmp_path) for _ in range(2))
    assert len(first) == 20
    instrument = np.array([[10, 10, 40, 110]], np.float32)
    for (_, box), (_, same) in zip(first, again, strict=True):
        assert (box == same).all()
        assert is_clear_of(box, instrument, max_inside=0.1)
        assert (box >= 0).all() and (box <= 200).all() and (box[2:] > box[:2]).all()


def test_false_boxes_of_a_detector(content, tmp_path):
    file = tmp_path / "boxes.json"
    rows = [{"image_id": 1, "category_id": 1, "bbox": list(b)} for b in (INSTRUMENT, SCISSORS)]
    file.write_text(json.dumps(rows))
    settings = NegativeBoxes(things=False, background_share=0, boxes_file=str(file))
    found = settings.find(content, tmp_path)
    assert [box.tolist() for _, box in found] == [[100, 40, 160, 60]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "a list of COCO results is expected"),
        ([{"image_id": 1}], "a list of COCO results is expected"),
        (
            [{"image_id": 9, "bbox": [0, 0, 1, 1]}],
            "boxes of image 9, which the training set lacks",
        ),
    ],
)
def test_broken_files_of_boxes_are_named(content, tmp_path, rows, message):
    file = tmp_path / "boxes.json"
    file.write_text(json.dumps(rows))
    with pytest.raises(InputError, match=message):
        NegativeBoxes(boxes_file=str(file)).find(content, tmp_path)
