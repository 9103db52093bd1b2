"""``data paste`` end to end."""

import json

import cv2
import numpy as np


def test_layers_over_backgrounds(data, draw_dataset, tmp_path):
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
    backgrounds = draw_dataset(name="other", train=2, seed=9) / "train/images"
    out = tmp_path / "out"
    code, text, _ = data("paste", file, "--backgrounds", backgrounds, "--out", out, "--num", 4)
    assert code == 0 and "4 images, 8 annotations" in text
    assert data("check", out / "coco_keypoints.json")[0] == 0


def test_options_that_do_not_fit(data, draw_dataset, tmp_path):
    file = draw_dataset(train=1) / "train/coco_keypoints.json"
    given = (file, "--backgrounds", tmp_path / "none", "--out", tmp_path / "o")
    assert "no such folder" in data("paste", *given)[2]
    assert "1 or more" in data("paste", *given, "--num", 0)[2]
