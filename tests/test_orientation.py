"""Every format that can say how it has to be turned is turned so."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from surgtools.images import decode_image
from surgtools.orientation import find_orientation, set_upright

CORNERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255,) * 3}


def four_colors(orientation: int, kind: str, mode: str) -> bytes:
    """A stored picture of 24 x 16 pixels with a color in each quarter."""
    image = np.zeros((16, 24, 3), np.uint8)
    for number, color in enumerate(CORNERS.values()):
        row, column = divmod(number, 2)
        image[8 * row : 8 * row + 8, 12 * column : 12 * column + 12] = color
    tags = Image.Exif()
    tags[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95}
    file = io.BytesIO()
    Image.fromarray(image).convert(mode).save(file, kind, exif=tags, **options)
    return file.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("TIFF", "RGB"), ("TIFF", "RGBA")]
    + [("WEBP", "RGB"), ("WEBP", "RGBA"), ("AVIF", "RGB"), ("AVIF", "RGBA")],
)
def test_pictures_are_read_upright(kind, mode, orientation):
    data = four_colors(orientation, kind, mode)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    expected = np.asarray(upright)[..., ::-1].astype(int)
    read = decode_image(data)
    assert read.shape == expected.shape
    places = [(y, x) for y in (3, -4) for x in (3, -4)]  # away from the blurred edges
    assert all(np.abs(read[place] - expected[place]).max() < 40 for place in places)


def test_a_file_without_orientation_is_upright():
    assert find_orientation(b"") == 1
    assert find_orientation(b"\x89PNG\r\n\x1a\n") == 1
    assert find_orientation(b"RIFF\x04\0\0\0WEBP") == 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_a_damaged_tag_does_not_matter(kind):
    data = four_colors(6, kind, "RGB")
    rng = np.random.default_rng(0)
    for _ in range(300):
        spoiled = bytearray(data)
        spoiled[rng.integers(4, len(data))] = rng.integers(256)
        assert isinstance(find_orientation(bytes(spoiled[: rng.integers(len(data) + 1)])), int)


def test_unknown_orientations_leave_a_picture_as_it_is():
    image = np.arange(12).reshape(3, 4)
    assert (set_upright(image, 9) == image).all() and (set_upright(image, 0) == image).all()
