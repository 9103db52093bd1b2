"""What a user may point at."""

import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.errors import InputError
from surgtools.evaluation.pictures import open_negatives, open_pictures


def test_dataset_folder_split_folder_and_file_are_the_same(drawn_dataset):
    split = drawn_dataset / "val"
    opened = [
        open_pictures(drawn_dataset),
        open_pictures(split),
        open_pictures(split / "coco_keypoints.json"),
    ]
    assert {pictures.ann_file for pictures in opened} == {split / "coco_keypoints.json"}
    assert {pictures.folder for pictures in opened} == {split / "images"}
    assert open_pictures(drawn_dataset, "train").folder == drawn_dataset / "train/images"
    assert opened[0].image_ids == list(range(1, 9))


def test_pictures_may_lie_beside_the_file(drawn_dataset):
    split = drawn_dataset / "val"
    for picture in (split / "images").iterdir():
        picture.rename(split / picture.name)
    (split / "images").rmdir()
    assert open_pictures(split).folder == split


def test_missing_annotations_and_pictures_are_named(drawn_dataset):
    with pytest.raises(InputError, match="no annotations at .*test/coco_keypoints.json"):
        open_pictures(drawn_dataset, "test")
    (drawn_dataset / "val/images/00000.jpg").unlink()
    with pytest.raises(InputError, match="picture 00000.jpg is not in"):
        open_pictures(drawn_dataset)


def test_scores_alone_need_no_pictures(drawn_dataset):
    assert open_pictures(drawn_dataset).on_disk
    (drawn_dataset / "val/images/00000.jpg").unlink()
    pictures = open_pictures(drawn_dataset, need_files=False)
    assert not pictures.on_disk and len(pictures.image_ids) == 8


def test_negatives_are_all_pictures_below_the_folder(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.png", "deep/a.JPG"):
        cv2.imwrite(str(tmp_path / name), np.zeros((20, 30, 3), np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    with open_negatives(tmp_path) as pictures:
        assert [image["file_name"] for image in pictures.content["images"]] == [
            "b.png",
            "deep/a.JPG",
        ]
        assert pictures.content["images"][0]["width"] == 30
        assert pictures.content["annotations"] == []
        assert pictures.ann_file.is_file()
    assert not pictures.ann_file.exists()


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize(("orientation", "size"), [(1, (30, 20)), (3, (30, 20)), (6, (20, 30))])
def test_negatives_have_the_size_that_the_loader_finds(tmp_path, suffix, orientation, size):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (30, 20)).save(tmp_path / f"a.{suffix}", exif=exif)
    with open_negatives(tmp_path) as pictures:
        image = pictures.content["images"][0]
    assert (image["width"], image["height"]) == size
    pytest.importorskip("mmcv")
    from surgtools.datasets.transforms import LoadInstrumentImage

    # The loader refuses a picture of another size.
    LoadInstrumentImage()({"img_path": tmp_path / f"a.{suffix}", **image})


def test_bad_negatives_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no picture"), open_negatives(tmp_path):
        pass
    (tmp_path / "bad.jpg").write_bytes(b"nothing")
    with pytest.raises(InputError, match="bad.jpg: no picture that OpenCV can read"):
        with open_negatives(tmp_path):
            pass
