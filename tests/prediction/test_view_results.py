"""Results of pictures in a view come back as those of the pictures, and are fused."""

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import load_coco
from surgtools.errors import InputError
from surgtools.evaluation.pictures import Pictures, open_pictures
from surgtools.prediction.results import Instance
from surgtools.prediction.view_results import fuse_results, open_view, results_to_picture
from surgtools.prediction.views import View

POINTS = np.array([[50, 40], [30, 10], [60, 90], [70, 12], [64, 92]], float)


def row(shift=(0.0, 0.0), image_id=1, score=0.8, presence=0.9):
    points = POINTS + shift
    box = np.concatenate([points.min(axis=0), points.max(axis=0)])
    instance = Instance(1, box, score, points, np.full(5, 0.5), np.ones(5))
    visible = [0.1, 0.2, 0.3, 0.4, 0.5]
    return instance.to_coco(image_id) | {"keypoint_visible": visible, "presence": presence}


def test_a_view_holds_turned_copies_under_the_same_ids(drawn_dataset):
    pictures = open_pictures(drawn_dataset)
    first = pictures.content["images"][0]
    with open_view(pictures, View(degrees=90)) as shown:
        (copy,) = [i for i in shown.content["images"] if i["id"] == first["id"]]
        assert (copy["width"], copy["height"]) == (first["height"], first["width"])
        turned = cv2.imread(str(shown.folder / copy["file_name"]))
        image = cv2.imread(str(pictures.folder / first["file_name"]))
        np.testing.assert_array_equal(turned, np.rot90(image))
        assert shown.image_ids == pictures.image_ids
        assert load_coco(shown.ann_file)["annotations"] == []
    assert not shown.folder.exists()


def test_an_unreadable_picture_is_named(tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    images = [{"id": 1, "file_name": "bad.jpg", "width": 4, "height": 4}]
    pictures = Pictures(tmp_path / "c.json", tmp_path, {"images": images})
    with pytest.raises(InputError, match="bad.jpg"), open_view(pictures, View(flip=True)):
        pass


def test_results_of_a_mirrored_picture_trade_sides(tmp_path):
    sizes = {"images": [{"id": 1, "width": 161, "height": 120}]}
    pictures = Pictures(tmp_path, tmp_path, sizes)
    mirrored = row()  # found in the mirrored picture
    (back,) = results_to_picture([mirrored], View(flip=True), pictures)
    assert back["keypoints"][:3] == [160 - 50, 40, 0.5]
    assert back["keypoints"][3:5] == [160 - 70, 12]  # left handle: the view's right one
    assert back["bbox"] == [160 - 70, 10, 40, 82]
    assert back["keypoint_visible"] == [0.1, 0.4, 0.5, 0.2, 0.3]
    assert (back["bbox_score"], back["score"], back["presence"]) == (0.8, 0.4, 0.9)


def test_results_of_one_instrument_are_fused_picture_by_picture():
    seen = [[row()], [row((4, 0), score=0.6, presence=0.7), row(image_id=2, score=0.4)]]
    first, second = fuse_results(seen)
    assert first["keypoints"][:3] == [52, 40, 0.5]
    assert first["bbox_score"] == pytest.approx(0.8)  # of two views the surer one
    assert first["presence"] == pytest.approx(0.8)
    assert (second["image_id"], second["bbox_score"]) == (2, pytest.approx(0.4))
    assert fuse_results([[], []]) == []
