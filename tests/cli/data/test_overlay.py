"""``data overlay`` draws on copies."""

import json

import cv2
import numpy as np
import pytest

from surgtools.cli.data.overlay import crop_around


def test_pictures_are_drawn_and_originals_stay(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=3) / "train"
    before = (folder / "images/00000.jpg").read_bytes()
    code, text, _ = data("overlay", folder / "coco_keypoints.json", "--out-dir", tmp_path / "o")
    assert code == 0 and "3 pictures" in text
    drawn, plain = (
        cv2.imread(str(f / "00000.jpg")).astype(int) for f in (tmp_path / "o", folder / "images")
    )
    assert (np.abs(drawn - plain).max(axis=2) > 60).sum() > 50
    assert (folder / "images/00000.jpg").read_bytes() == before


def test_crops_are_one_picture_per_instrument(data, draw_dataset, tmp_path):
    file = draw_dataset(train=2) / "train/coco_keypoints.json"
    data("overlay", file, "--out-dir", tmp_path / "o", "--crop", "--names")
    pictures = sorted((tmp_path / "o").glob("*.jpg"))
    assert len(pictures) == 4
    assert max(cv2.imread(str(pictures[0])).shape) == 640


def test_crop_moves_keypoints_with_the_pixels():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[50, 60] = 255
    annotation = {"bbox": [40, 40, 40, 20], "keypoints": [60, 50, 2]}
    crop, (moved,) = crop_around(picture, annotation, margin=0, side=400)
    x, y, _ = moved["keypoints"]
    assert (x, y) == pytest.approx(((60 - 40 + 0.5) * 10 - 0.5, (50 - 40 + 0.5) * 10 - 0.5))
    assert crop[round(y), round(x)].min() > 200
    assert moved["bbox"] == [0, 0, 400, 200]


@pytest.mark.parametrize(
    ("more", "message"), [(["--num", "0"], "1 or more"), (["--images", "none"], "no such file")]
)
def test_bad_options(data, draw_dataset, tmp_path, more, message):
    file = draw_dataset(train=1) / "train/coco_keypoints.json"
    code, _, err = data("overlay", file, "--out-dir", tmp_path / "o", *more)
    assert code == 2 and message in err


def test_originals_are_not_a_target(data, draw_dataset):
    folder = draw_dataset(train=1) / "train"
    file = folder / "coco_keypoints.json"
    code, _, err = data("overlay", file, "--out-dir", folder / "images")
    assert code == 2 and "choose another folder" in err


def rename(file, *names) -> None:
    content = json.loads(file.read_text())
    for image, name in zip(content["images"], names, strict=True):
        image["file_name"] = str(name)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize("absolute", [True, False])
def test_names_that_lead_out_touch_no_original(data, draw_dataset, tmp_path, absolute):
    folder = draw_dataset(train=2) / "train"
    pictures = tmp_path / "pics"
    (folder / "images").rename(pictures)
    before = {path.name: path.read_bytes() for path in pictures.iterdir()}
    file = folder / "coco_keypoints.json"
    rename(file, *(pictures / n if absolute else f"../../pics/{n}" for n in sorted(before)))
    code, _, err = data("overlay", file, "--out-dir", tmp_path / "o")
    assert code == 2 and "image 1" in err and not (tmp_path / "o").exists()
    code, text, _ = data("overlay", file, "--out-dir", tmp_path / "o", "--allow-outside")
    assert code == 0 and "2 pictures" in text
    assert {path.name: path.read_bytes() for path in pictures.iterdir()} == before
    assert len(list((tmp_path / "o").rglob("*.jpg"))) == 2


def test_a_folder_that_would_take_the_drawing_to_a_picture_is_refused(data, draw_dataset):
    folder = draw_dataset(train=1) / "train"
    file = folder / "coco_keypoints.json"
    (folder / "out").mkdir()
    (folder / "out/00000.jpg").symlink_to(folder / "images/00000.jpg")
    before = (folder / "images/00000.jpg").read_bytes()
    code, _, err = data("overlay", file, "--out-dir", folder / "out")
    assert code == 2 and len(err.splitlines()) == 1
    assert (folder / "images/00000.jpg").read_bytes() == before


def test_pictures_of_one_stem_get_a_drawing_each(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=4) / "train"
    names = ["a.png", "a.jpg", "a.png.jpg", "b.jpg"]
    for old, new in zip(sorted((folder / "images").iterdir()), names, strict=True):
        old.rename(folder / "images" / new)
    file = folder / "coco_keypoints.json"
    rename(file, *names)
    code, text, _ = data("overlay", file, "--out-dir", tmp_path / "o")
    assert code == 0 and "4 pictures" in text
    assert len(list((tmp_path / "o").glob("*.jpg"))) == 4


def test_crop_of_a_box_outside_the_picture_is_drawn_too():
    picture = np.zeros((100, 100, 3), np.uint8)
    annotation = {"bbox": [400, 400, 40, 20], "keypoints": [410, 410, 2]}
    crop, _ = crop_around(picture, annotation)
    assert crop.size
