"""Pictures that stop before their end, and the size that a file announces."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.errors import InputError
from surgtools.images import read_image
from surgtools.picture_bytes import is_cut_off, stored_size


@pytest.fixture
def halves() -> np.ndarray:
    """(40, 60, 3) RGB: left half red, right half green."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :30, 0] = 255
    image[:, 30:, 1] = 255
    return image


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_cut_off_file_is_refused_whole_one_is_not(tmp_path, halves, suffix):
    whole, cut = tmp_path / f"w{suffix}", tmp_path / f"c{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    cv2.imwrite(str(whole), noise)
    data = whole.read_bytes()
    assert not is_cut_off(data)
    assert not is_cut_off(data + b"appended by a camera")
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="cut off"):
        read_image(cut)


def jpeg(image: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(
    "appended",
    [b"\0" * 6000, b"\xff\xda" + b"\0" * 6000, b"\xff\xd8\xff\xe0" * 1500],
    ids=["zeros", "scan", "headers"],
)
def test_what_follows_a_whole_jpeg_is_none_of_it(halves, progressive, appended):
    data = jpeg(halves, progressive=progressive)
    assert not is_cut_off(data + appended)


def test_end_of_a_thumbnail_is_not_the_end_of_the_picture(halves):
    data, thumbnail = jpeg(halves), jpeg(halves[:8, :8])
    app1 = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = data[:2] + app1 + data[2:]
    assert not is_cut_off(whole)
    for length in (2, 30, len(app1) + 2, len(app1) + 30, len(whole) // 2, len(whole) - 2):
        assert is_cut_off(whole[:length]), length


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_the_size_is_read_without_decoding(kind, halves):
    file = io.BytesIO()
    Image.fromarray(halves).save(file, kind)
    assert stored_size(file.getvalue()) == (40, 60)


def test_other_kinds_do_not_tell_their_size(halves):
    file = io.BytesIO()
    Image.fromarray(halves).save(file, "BMP")
    assert stored_size(file.getvalue()) is None
