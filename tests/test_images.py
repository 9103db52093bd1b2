import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.errors import InputError
from surgtools.images import (
    as_bgr,
    passed_over,
    pictures_below,
    read_image,
    read_stored,
    require_pictures,
)


@pytest.fixture
def halves() -> np.ndarray:
    """(40, 60, 3) RGB: left half red, right half green."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :30, 0] = 255
    image[:, 30:, 1] = 255
    return image


def near(pixel: np.ndarray, bgr: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - bgr).max() <= 12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, halves, orientation):
    upright = Image.fromarray(halves)
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in undo.get(orientation, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    image = read_image(tmp_path / "a.jpg")
    assert image.shape == (40, 60, 3)
    assert near(image[20, 8], (0, 0, 255))
    assert near(image[20, 52], (0, 255, 0))


def test_grey_becomes_three_equal_channels(tmp_path):
    cv2.imwrite(str(tmp_path / "g.png"), np.full((8, 9), 77, np.uint8))
    assert (read_image(tmp_path / "g.png") == 77).all()


def test_transparent_is_laid_over_white(tmp_path):
    image = np.zeros((8, 8, 4), np.uint8)
    image[:4] = (10, 20, 30, 255)
    image[6:, :, 3] = 128
    cv2.imwrite(str(tmp_path / "a.png"), image)
    read = read_image(tmp_path / "a.png")
    assert read[0, 0].tolist() == [10, 20, 30]
    assert read[4, 0].tolist() == [255, 255, 255]
    # black at alpha 128 / 255 over white: 255 * (1 - 128 / 255) = 127
    assert read[7, 0].tolist() == [127, 127, 127]


@pytest.mark.parametrize(("top", "expected"), [(65535, 255), (4095, 255), (1023, 255)])
def test_16_bit_is_scaled_by_the_depth_in_use(tmp_path, top, expected):
    image = np.zeros((8, 8, 3), np.uint16)
    image[0] = top
    cv2.imwrite(str(tmp_path / "d.png"), image)
    read = read_image(tmp_path / "d.png")
    assert read.dtype == np.uint8
    assert read[0, 0, 0] == expected
    assert read[1, 0, 0] == 0


def test_cmyk_jpeg_is_converted(tmp_path, halves):
    Image.fromarray(halves).convert("CMYK").save(tmp_path / "c.jpg", quality=95)
    image = read_image(tmp_path / "c.jpg")
    assert near(image[20, 8], (0, 0, 255))


def test_palette_float_and_two_color_pictures(tmp_path, halves):
    Image.fromarray(halves).convert("P").save(tmp_path / "p.png")
    Image.fromarray(halves).convert("1").save(tmp_path / "b.png")
    cv2.imwrite(str(tmp_path / "f.tiff"), np.full((8, 8, 3), 0.5, np.float32))
    for name in ("p.png", "b.png", "f.tiff"):
        assert read_image(tmp_path / name).dtype == np.uint8
    assert read_image(tmp_path / "f.tiff")[0, 0, 0] == pytest.approx(128, abs=4)


@pytest.mark.parametrize("white", [1, 255, 1023, 65535])
def test_floats_a_little_brighter_than_white_are_not_taken_for_a_larger_range(tmp_path, white):
    values = np.full((8, 8, 3), 0.5, np.float32)
    values[0, 0] = 1.04
    cv2.imwrite(str(tmp_path / "f.tiff"), values * white)
    image = read_image(tmp_path / "f.tiff")
    assert image[4, 4, 0] == pytest.approx(128, abs=4) and image[0, 0, 0] > 250


def test_opaque_png_is_read_as_its_stored_pixels(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (9, 8, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    assert (read_image(tmp_path / "a.png") == noise).all()


def test_transparency_of_grey_and_of_a_palette_is_seen(tmp_path):
    Image.new("LA", (8, 8), (10, 0)).save(tmp_path / "grey.png")
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([10, 10, 10])
    palette.save(tmp_path / "palette.png", transparency=0)
    for name in ("grey.png", "palette.png"):
        assert (read_image(tmp_path / name) == 255).all()


def test_arrays_of_odd_shape_or_type_are_named():
    with pytest.raises(InputError, match=r"array:0: shape \(4, 4, 2\)"):
        as_bgr(np.zeros((4, 4, 2), np.uint8), "array:0")
    with pytest.raises(InputError, match="int64"):
        as_bgr(np.zeros((4, 4, 3), int))
    with pytest.raises(InputError, match="1 x 400 pixels"):
        as_bgr(np.zeros((400, 1, 3), np.uint8))


def test_missing_and_empty_files_are_told_apart(tmp_path):
    (tmp_path / "e.jpg").touch()
    with pytest.raises(InputError, match="empty"):
        read_image(tmp_path / "e.jpg")
    with pytest.raises(InputError, match="no such file"):
        read_image(tmp_path / "m.jpg")


def test_pictures_below_a_folder_are_all_kinds_that_are_read_and_no_hidden_ones(tmp_path):
    for name in ("b.PNG", "sub/a.jp2", "c.avif", "._b.PNG", ".cache/d.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in pictures_below(tmp_path)]
    assert found == ["b.PNG", "c.avif", "sub/a.jp2"]


def test_a_folder_that_must_hold_pictures_is_named_when_it_holds_none(tmp_path):
    with pytest.raises(InputError, match="none: no such folder of pictures; check the path"):
        require_pictures(tmp_path / "none")
    with pytest.raises(InputError, match="holds no picture; give a folder of photographs"):
        require_pictures(tmp_path)
    (tmp_path / "a.png").touch()
    assert require_pictures(str(tmp_path)) == [tmp_path / "a.png"]


def test_pictures_that_cannot_be_read_are_named_in_one_line(tmp_path):
    (tmp_path / "a.jpg").touch()
    assert passed_over(tmp_path) == ""
    (tmp_path / "deep").mkdir()
    for name in ("b.HEIC", "c.heic", "deep/d.NEF", "deep/e.nef", "._f.heic"):
        (tmp_path / name).touch()
    assert passed_over(tmp_path) == (
        f"{tmp_path}: b.HEIC, c.heic, d.NEF and 1 more cannot be read and are left out; "
        "convert them to JPEG"
    )


def test_stored_pixels_keep_depth_transparency_and_orientation(tmp_path):
    deep = np.arange(48, dtype=np.uint16).reshape(6, 8) * 1000
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    assert (read_stored(tmp_path / "deep.png") == deep).all()
    layer = np.random.default_rng(0).integers(0, 255, (6, 8, 4), np.uint8)
    cv2.imwrite(str(tmp_path / "layer.png"), layer)
    assert (read_stored(tmp_path / "layer.png") == layer).all()


@pytest.mark.parametrize(
    ("data", "message"), [(b"", "empty"), (b"x" * 100, "no picture"), (None, "no such file")]
)
def test_stored_pixels_that_are_none_are_named(data, message, tmp_path):
    if data is not None:
        (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputError, match=f"a.png: .*{message}"):
        read_stored(tmp_path / "a.png")
