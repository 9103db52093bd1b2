"""Pictures are found, read as displayed, told apart, and placed without overwriting."""

import errno
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.annotations import pictures
from surgtools.annotations.pictures import (
    fingerprint,
    fingerprints,
    near_pairs,
    place_picture,
    read_picture,
)
from surgtools.errors import InputError


@pytest.fixture
def picture(tmp_path):
    rng = np.random.default_rng(0)
    image = cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (160, 120))
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), image)
    return path


def test_exif_orientation_is_applied(tmp_path):
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # turned by a quarter
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg").shape == (40, 20, 3)


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.98])
def test_empty_and_cut_off_pictures_are_refused(picture, keep):
    data = picture.read_bytes()
    picture.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    with pytest.raises(InputError, match="empty|cut off"):
        read_picture(picture)
    assert isinstance(next(fingerprints([picture])), InputError)


def test_film_after_a_picture_is_none_of_it(picture):
    before = fingerprint(picture)
    picture.write_bytes(picture.read_bytes() + b"\xff\xda" + b"\0" * 6000)
    assert fingerprint(picture).digest == before.digest


def test_deep_picture_is_read_as_training_reads_it(tmp_path):
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((8, 8, 3), 4080, np.uint16))
    # 12 bits in use: 4080 / 16
    assert (read_picture(tmp_path / "deep.png") == 255).all()


def test_missing_picture_is_named(tmp_path):
    with pytest.raises(InputError, match="none.jpg: no such file"):
        read_picture(tmp_path / "none.jpg")


def test_fingerprints_tell_equal_near_and_other_pictures_apart(picture, tmp_path):
    image = read_picture(picture)
    cv2.imwrite(str(tmp_path / "same.png"), image)
    cv2.imwrite(str(tmp_path / "near.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 40])
    cv2.imwrite(str(tmp_path / "other.jpg"), image[::-1])
    one = fingerprint(picture)
    same, near, other = fingerprints(tmp_path / n for n in ("same.png", "near.jpg", "other.jpg"))
    assert (one.width, one.height) == (160, 120)
    assert one.digest == same.digest != near.digest
    pairs = near_pairs(np.array([one.thumbnail]), np.array([other.thumbnail, near.thumbnail]))
    assert pairs.tolist() == [[0, 1]]


def test_no_thumbnails_make_no_pairs():
    assert near_pairs(np.zeros((0, 16, 16)), np.zeros((3, 16, 16))).shape == (0, 2)


@pytest.mark.parametrize("how", ["link", "copy"])
def test_pictures_are_placed_once_and_never_overwrite_another(picture, tmp_path, how):
    target = tmp_path / "out" / "deep" / "a.jpg"
    place_picture(picture, target, how)
    place_picture(picture, target, how)
    assert target.read_bytes() == picture.read_bytes()
    other = tmp_path / "b.jpg"
    other.write_bytes(b"other")
    with pytest.raises(InputError, match="holds another picture"):
        place_picture(other, target, how)


def test_a_copy_that_did_not_fit_leaves_nothing_behind(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"a whole picture")

    def half(source, target):
        Path(target).write_bytes(Path(source).read_bytes()[:4])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pictures.shutil, "copy2", half)
    with pytest.raises(OSError, match="No space left"):
        pictures.place_picture(tmp_path / "a.jpg", tmp_path / "out/a.jpg", "copy")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("how", ["link", "copy"])
def test_a_picture_that_is_a_link_is_placed_as_a_file(how, picture, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/b.jpg").symlink_to("../a.jpg")
    place_picture(tmp_path / "set/b.jpg", tmp_path / "deep/er/b.jpg", how)
    assert not (tmp_path / "deep/er/b.jpg").is_symlink()
    assert (tmp_path / "deep/er/b.jpg").read_bytes() == picture.read_bytes()
