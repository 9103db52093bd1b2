"""Pictures are read whole or not at all."""

import cv2
import numpy as np
import pytest

from surgtools.datasets.transforms import LoadInstrumentImage
from surgtools.datasets.transforms.load_instrument_image import read_image, read_layer
from surgtools.errors import InputError


@pytest.fixture
def picture(tmp_path):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (60, 80, 3), np.uint8)
    for suffix in ("jpg", "png"):
        cv2.imwrite(str(tmp_path / f"a.{suffix}"), image)
    return tmp_path


def test_loads_pixels_and_shapes(picture):
    results = LoadInstrumentImage()({"img_path": str(picture / "a.png")})
    assert results["img"].shape == (60, 80, 3)
    assert results["img_shape"] == results["ori_shape"] == (60, 80)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_cut_off_pictures_are_named(picture, name):
    path = picture / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=f"{name}: the picture is cut off"):
        read_image(path)


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(InputError, match="absent.jpg: the picture cannot be read"):
        read_image(tmp_path / "absent.jpg")
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(InputError, match="text.jpg: not a picture"):
        read_image(tmp_path / "text.jpg")
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="empty.jpg: not a picture"):
        read_image(tmp_path / "empty.jpg")


def test_trailing_bytes_after_a_whole_jpeg_are_fine(picture):
    path = picture / "a.jpg"
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    assert read_image(path).shape == (60, 80, 3)


def test_size_must_be_what_the_annotations_say(picture):
    results = {"img_path": str(picture / "a.jpg"), "height": 80, "width": 60}
    with pytest.raises(InputError, match="80x60 pixels, the annotations say 60x80"):
        LoadInstrumentImage()(results)


def test_layer_colors_are_multiplied_by_alpha(tmp_path):
    layer = np.zeros((2, 2, 4), np.uint8)
    layer[0, 0] = (200, 100, 50, 128)
    layer[1, 1] = (10, 20, 30, 255)
    cv2.imwrite(str(tmp_path / "a.png"), layer)
    read = read_layer(tmp_path / "a.png")
    # 200 * 128 / 255 = 100.4
    assert read[0, 0].tolist() == [100, 50, 25, 128]
    assert read[1, 1].tolist() == [10, 20, 30, 255]
    assert read[0, 1].tolist() == [0, 0, 0, 1]


def test_layer_without_alpha_is_refused(picture):
    with pytest.raises(InputError, match="a.png: a layer is an 8-bit RGBA PNG"):
        read_layer(picture / "a.png")


def test_layers_are_taken_as_often_as_asked(picture):
    cv2.imwrite(str(picture / "layer.png"), np.zeros((60, 80, 4), np.uint8))
    sample = {"img_path": str(picture / "a.jpg"), "layer_path": str(picture / "layer.png")}
    np.random.seed(0)
    channels = [
        LoadInstrumentImage(layer_prob=0.5)(dict(sample))["img"].shape[2] for _ in range(100)
    ]
    assert 30 < channels.count(4) < 70
    assert LoadInstrumentImage()(dict(sample))["img"].shape[2] == 3
