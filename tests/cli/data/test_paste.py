"""``data paste`` end to end."""

import json

import cv2
import numpy as np
import pytest


@pytest.fixture
def layered(draw_dataset):
    """An annotation file of two pictures with layers."""
    folder = draw_dataset(train=2) / "train"
    file = folder / "coco_keypoints.json"
    content = json.loads(file.read_text())
    (folder / "layers").mkdir()
    for image in content["images"]:
        picture = cv2.imread(str(folder / "images" / image["file_name"]))
        alpha = np.where(picture.mean(axis=2) > 170, 255, 0).astype(np.uint8)
        image["layer"] = image["file_name"].replace(".jpg", ".png")
        cv2.imwrite(str(folder / "layers" / image["layer"]), np.dstack([picture, alpha]))
    file.write_text(json.dumps(content))
    return file


def test_layers_over_backgrounds(data, layered, draw_dataset, tmp_path):
    backgrounds = draw_dataset(name="other", train=2, seed=9) / "train/images"
    out = tmp_path / "out"
    code, text, _ = data("paste", layered, "--backgrounds", backgrounds, "--out", out, "--num", 4)
    assert code == 0 and "4 images, 8 annotations" in text
    assert data("check", out / "coco_keypoints.json")[0] == 0


def test_a_folder_that_holds_a_dataset_gets_no_picture(data, layered):
    folder = layered.parent
    before = sorted(folder.rglob("*"))
    words = ("paste", layered, "--backgrounds", folder / "images", "--out", folder)
    code, _, error = data(*words)
    assert code == 2 and f"{layered}: is there and is not what `data paste` wrote" in error
    assert sorted(folder.rglob("*")) == before


def test_options_that_do_not_fit(data, draw_dataset, tmp_path):
    file = draw_dataset(train=1) / "train/coco_keypoints.json"
    given = (file, "--backgrounds", tmp_path / "none", "--out", tmp_path / "o")
    assert "no such folder" in data("paste", *given)[2]
    assert "1 or more" in data("paste", *given, "--num", 0)[2]
