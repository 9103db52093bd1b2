"""Missing, broken, resized, repeated and leaked pictures are found and named."""

import cv2
import numpy as np
import pytest

from surgtools.annotations.check.picture_rules import (
    duplicates_within,
    leaks_between,
    read_gallery,
)
from surgtools.annotations.check.row_arrays import Images


@pytest.fixture
def make_images(tmp_path):
    """``make_images("train", {"a.png": seed, ...})`` draws blobs; returns entries and folder."""

    def make(part: str, seeds: dict, size=(64, 48)) -> tuple[Images, object]:
        folder = tmp_path / part
        folder.mkdir()
        for name, seed in seeds.items():
            small = np.random.default_rng(seed).integers(0, 255, (5, 6, 3), dtype=np.uint8)
            cv2.imwrite(str(folder / name), cv2.resize(small, size))
        count = len(seeds)
        return (
            Images(
                ids=np.arange(1, count + 1),
                sizes=np.array([size] * count, dtype=float),
                rows=np.arange(count),
                names=list(seeds),
            ),
            folder,
        )

    return make


def test_sound_pictures_have_no_problem(make_images):
    gallery, problems = read_gallery(*make_images("a", {"1.png": 1, "2.png": 2}), "a.json")
    assert problems == [] and list(duplicates_within(gallery)) == []
    assert gallery.ids == [1, 2]


def test_each_fault_has_its_code(make_images):
    images, folder = make_images("a", {"1.png": 1, "2.png": 2, "3.png": 3, "4.png": 4})
    (folder / "1.png").unlink()
    (folder / "2.png").write_bytes(b"no picture")
    images.sizes[2] = (48, 64)
    gallery, problems = read_gallery(images, folder, "a.json")
    assert [(p.code, p.image_id) for p in problems] == [
        ("picture-missing", 1),
        ("picture-broken", 2),
        ("picture-size", 3),
    ]
    assert "EXIF orientation" in problems[2].message
    assert gallery.ids == [3, 4]


def test_same_pixels_twice(make_images):
    gallery, _ = read_gallery(*make_images("a", {"1.png": 1, "2.png": 2, "3.png": 1}), "a.json")
    found = list(duplicates_within(gallery))
    assert [(p.code, p.image_id) for p in found] == [("picture-duplicate", 3)]
    assert "image 1 1.png" in found[0].message


def test_leaks_exact_and_near(make_images):
    train, folder = make_images("train", {"1.png": 1, "2.png": 2, "3.png": 3})
    val, val_folder = make_images("val", {"x.png": 2, "y.png": 3, "z.png": 9})
    near = cv2.imread(str(val_folder / "y.png")).astype(int) + 1
    cv2.imwrite(str(val_folder / "y.png"), near.clip(0, 255))
    galleries = [
        read_gallery(train, folder, "train.json")[0],
        read_gallery(val, val_folder, "val.json")[0],
    ]
    found = [(p.code, p.file, p.file_name) for p in leaks_between(galleries)]
    assert found == [
        ("picture-leak", "val.json", "x.png"),
        ("picture-near-duplicate", "val.json", "y.png"),
    ]
    assert list(leaks_between(galleries[:1])) == []
