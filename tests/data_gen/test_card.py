"""The dataset card: counts by hand, and a page that needs no other file."""

import cv2
import numpy as np
import pytest

from data_gen.card import count_keypoints, draw_labels, measure, write_card
from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError


@pytest.fixture
def folder(tmp_path):
    builder = CocoBuilder({"settings": {"seed": 3, "camera": {"tilt": [0, 25]}}})
    image = builder.add_image("a.jpg", 100, 80)
    builder.add_image("b.jpg", 100, 80)
    keypoints = [[50, 70, 2], [40, 40, 1], [45, 10, 2], [60, 40, 2], [0, 0, 0]]
    builder.add_annotation(image, 2, np.array(keypoints), [40, 10, 20, 60], opening_angle=0.2)
    whole = [[50, 70, 2], [40, 40, 2], [48, 10, 2], [60, 40, 2], [52, 10, 2]]
    builder.add_annotation(image, 2, np.array(whole), [40, 10, 20, 60], opening_angle=0.1)
    (tmp_path / "train" / "images").mkdir(parents=True)
    builder.write(tmp_path / "train" / "coco_keypoints.json")
    for name in ("a.jpg", "b.jpg"):
        cv2.imwrite(str(tmp_path / "train/images" / name), np.full((80, 100, 3), 90, np.uint8))
    return tmp_path / "train", builder.to_dict()


def test_keypoints_are_counted_by_visibility(folder):
    holder, tweezers = count_keypoints(folder[1]["annotations"])
    assert holder == {
        "name": "needle_holder",
        "count": 0,
        "visible": 0,
        "hidden": 0,
        "outside": 0,
    }
    assert (tweezers["visible"], tweezers["hidden"], tweezers["outside"]) == (8, 1, 1)


def test_quantities_are_measured(folder):
    values = measure(folder[1])
    # box 20 x 60 in a picture of 80 rows; its middle at (50, 40)
    assert values["scale"]["tweezers"][0] == pytest.approx(np.hypot(20, 60) / 80)
    assert values["x"]["tweezers"][0] == 0.5 and values["y"]["tweezers"][0] == 0.5
    # only the second has both tips: from (50, 70) straight up to (50, 10)
    assert values["angle"]["tweezers"] == [0.0]
    assert values["opening"]["tweezers"][0] == pytest.approx(np.rad2deg(0.2))
    assert values["visible"]["tweezers"] == [3.0, 5.0]


def test_the_page_holds_everything_itself(folder):
    page = write_card(folder[0]).read_text()
    assert "2 pictures (1 without a labelled instrument), 2 instances" in page
    assert page.count("base64,") == 2
    assert "http" not in page.replace("http-equiv", "")
    assert "tilt: [0, 25]" in page


def test_labels_are_drawn_at_their_places(folder):
    picture = np.zeros((80, 100, 3), np.uint8)
    drawn = draw_labels(picture, folder[1]["annotations"])
    assert drawn[70, 50].tolist() == [60, 220, 90]
    assert not picture.any()


def test_a_folder_without_labels_is_named(tmp_path):
    with pytest.raises(InputError, match="coco_keypoints.json: no such file"):
        write_card(tmp_path)
