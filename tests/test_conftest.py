"""The drawn data sets follow the conventions that the tests rely on."""

import cv2
import numpy as np

from surgtools.annotations.coco import load_coco
from surgtools.metainfo import order_sides


def test_drawn_labels_are_valid_and_balanced(draw_dataset):
    content = load_coco(draw_dataset(train=8) / "train/coco_keypoints.json")
    categories = [a["category_id"] for a in content["annotations"]]
    assert len(content["images"]) == 8
    assert categories.count(1) == categories.count(2) == 7  # the eighth picture is empty


def test_drawn_sides_follow_the_image_side_rule(drawn_dataset):
    for annotation in load_coco(drawn_dataset / "val/coco_keypoints.json")["annotations"]:
        keypoints = np.array(annotation["keypoints"]).reshape(-1, 3)
        assert order_sides(keypoints, annotation["category_id"]).tolist() == [0, 1, 2, 3, 4]


def test_tips_lie_on_drawn_pixels_inside_the_box(drawn_dataset):
    content = load_coco(drawn_dataset / "train/coco_keypoints.json")
    image = cv2.imread(str(drawn_dataset / "train/images" / content["images"][0]["file_name"]))
    for annotation in content["annotations"][:2]:
        x, y, width, height = annotation["bbox"]
        for tip in (2, 4):
            tip_x, tip_y = annotation["keypoints"][3 * tip : 3 * tip + 2]
            assert x - 1 <= tip_x <= x + width and y - 1 <= tip_y <= y + height
            assert image[round(tip_y), round(tip_x)].min() > 150


def test_same_seed_draws_the_same_pictures(draw_dataset):
    first, second = (draw_dataset(train=2, seed=3, name=name) for name in "ab")
    read = [(folder / "train/images/00001.jpg").read_bytes() for folder in (first, second)]
    assert read[0] == read[1]
