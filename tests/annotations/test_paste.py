"""Layers keep their labels on any background, mirrored and turned."""

import cv2
import numpy as np
import pytest
from pycocotools import mask as rle

from surgtools.annotations.check import find_problems
from surgtools.annotations.coco import CocoBuilder, load_coco
from surgtools.annotations.paste import (
    crop_background,
    find_backgrounds,
    lay_over,
    move_labels,
    paste_layers,
    read_layer,
)
from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy

# One-pixel dots in a picture of 40 x 30; own order of a needle holder with its tips up.
DOTS = np.array([[20, 15], [14, 25], [18, 3], [26, 25], [22, 3]])


def annotation() -> dict:
    mask = np.zeros((30, 40), np.uint8)
    mask[DOTS[:, 1], DOTS[:, 0]] = 1
    encoded = rle.encode(np.asfortranarray(mask))
    encoded["counts"] = encoded["counts"].decode()
    return {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "bbox": [14, 3, 12, 22],
        "keypoints": np.column_stack([DOTS, [2, 1, 2, 2, 2]]).ravel().tolist(),
        "segmentation": encoded,
        "opening_angle": 0.2,
        "pose": [[1]],
    }


def test_layer_lies_over_the_background_by_alpha():
    layer = np.zeros((1, 3, 4), np.uint8)
    layer[0, :, 2] = 200
    layer[0, :, 3] = [0, 51, 255]
    mixed = lay_over(layer, np.full((1, 3, 3), 100, np.uint8))
    assert mixed[0, :, 2].tolist() == [100, 120, 200]  # 0.2 * 200 + 0.8 * 100 = 120


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_labels_follow_the_pixels_and_keep_the_side_rule(mirror, turns):
    image = np.zeros((30, 40), np.uint8)
    image[DOTS[:, 1], DOTS[:, 0]] = 255
    moved = move_labels(annotation(), 40, 30, mirror, turns)
    turned = np.rot90(image[:, ::-1] if mirror else image, -turns)
    x, y, v = moved["keypoints"].astype(int).T
    assert (turned[y, x] == 255).all()
    # hidden: left_handle; the mirror image of it is a right_handle
    assert v.tolist() == ([2, 2, 2, 1, 2] if mirror else [2, 1, 2, 2, 2])
    low, high = moved["keypoints"][:, :2].min(axis=0), moved["keypoints"][:, :2].max(axis=0)
    np.testing.assert_allclose(moved["bbox"], [*low, *(high - low)])
    assert np.array_equal(rle.decode(moved["segmentation"]) > 0, turned > 0)
    builder = CocoBuilder()
    builder.add_image("a", turned.shape[1], turned.shape[0])
    builder.add_annotation(1, 1, **moved)
    codes = {p.code for p in find_problems(builder.to_dict(), "a") if p.level == "error"}
    assert codes == set()
    assert moved["opening_angle"] == 0.2 and "pose" not in moved


@pytest.mark.parametrize("size", [(20, 10), (500, 300), (40, 300)])
def test_background_is_cut_to_size(size):
    image = np.zeros((size[1], size[0], 3), np.uint8)
    assert crop_background(image, 40, 30, np.random.default_rng(0)).shape == (30, 40, 3)


@pytest.fixture
def layers(tmp_path):
    """A split with one layer, and a folder with two backgrounds."""
    (tmp_path / "layers").mkdir()
    layer = np.zeros((30, 40, 4), np.uint8)
    layer[DOTS[:, 1], DOTS[:, 0]] = 255
    cv2.imwrite(str(tmp_path / "layers/one.png"), layer)
    (tmp_path / "plain").mkdir()
    for shade in (0, 90):
        background = np.full((60, 60, 3), shade, np.uint8)
        cv2.imwrite(str(tmp_path / f"plain/{shade}.png"), background)
    content = CocoBuilder().to_dict()
    content["images"] = [
        {"id": 1, "file_name": "a.jpg", "width": 40, "height": 30, "layer": "one.png"}
    ]
    content["annotations"] = [annotation()]
    return tmp_path, content


def paste(folder, content, out, num=6, seed=0):
    backgrounds = find_backgrounds([folder / "plain"])
    return paste_layers(
        content, folder / "layers", backgrounds, out, num, np.random.default_rng(seed)
    )


def test_boxes_without_keypoints_and_crowds_stay_what_they_are():
    taxonomy = Taxonomy("mixed", (Category(1, "clamp", ("tip",)), Category(2, "swab")))
    box = {"category_id": 2, "bbox": [14, 3, 12, 22]}
    assert move_labels(box, 40, 30, False, 1, taxonomy)["keypoints"].shape == (0, 3)
    crowd = {"category_id": 1, "bbox": [14, 3, 12, 22], "keypoints": [0, 0, 0], "iscrowd": 1}
    assert move_labels(crowd, 40, 30, False, 1, taxonomy)["iscrowd"] == 1


def test_pasted_set_is_sound_and_repeatable(layers):
    folder, content = layers
    paste(folder, content, folder / "out")
    pasted = load_coco(folder / "out/coco_keypoints.json")
    assert len(pasted["images"]) == len(pasted["annotations"]) == 6
    assert not [p for p in find_problems(pasted, "x") if p.level == "error"]
    assert {(i["width"], i["height"]) for i in pasted["images"]} == {(40, 30), (30, 40)}
    shades = set()
    for image, label in zip(pasted["images"], pasted["annotations"], strict=True):
        picture = cv2.imread(str(folder / "out/images" / image["file_name"]))
        x, y, _ = np.array(label["keypoints"]).reshape(-1, 3).astype(int).T
        assert (picture[y, x].mean(axis=1) > np.median(picture) + 60).all()
        shades.add(int(np.median(picture) > 45))
    assert shades == {0, 1}
    paste(folder, content, folder / "again")
    assert load_coco(folder / "again/coco_keypoints.json") == pasted


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f, c: c["images"][0].pop("layer"), "no image names a `layer`"),
        (lambda f, c: (f / "layers/one.png").unlink(), "no such file"),
        (lambda f, c: (f / "layers/one.png").write_bytes(b"x"), "no picture that OpenCV can read"),
        (lambda f, c: c["images"][0].update(width=41), "has 40 x 30 pixels"),
    ],
)
def test_broken_layers_are_named(layers, change, message):
    folder, content = layers
    change(folder, content)
    with pytest.raises(InputError, match=message):
        paste(folder, content, folder / "out")


def test_layers_of_16_bit_and_without_alpha(tmp_path):
    deep = np.full((2, 2, 4), 65535, np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    assert read_layer(tmp_path / "deep.png").max() == 255
    cv2.imwrite(str(tmp_path / "flat.png"), np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(InputError, match="RGBA PNG"):
        read_layer(tmp_path / "flat.png")


def test_background_folders_must_hold_pictures(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        find_backgrounds([tmp_path / "none"])
    with pytest.raises(InputError, match="no picture found"):
        find_backgrounds([tmp_path])
