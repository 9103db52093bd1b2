"""Pictures are read whole or not at all."""

import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.datasets.transforms import LoadInstrumentImage
from surgtools.datasets.transforms.load_instrument_image import read_premultiplied_layer
from surgtools.errors import InputError
from surgtools.images import read_image


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


def load(path):
    return LoadInstrumentImage()({"img_path": str(path)})["img"]


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_cut_off_pictures_are_named(picture, name):
    path = picture / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=f"{name}: the picture is cut off"):
        load(path)
    cv2.imwrite(str(path), np.zeros((60, 80, 4), np.uint8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=f"{name}: the picture is cut off"):
        read_premultiplied_layer(path)


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(InputError, match="absent.jpg: no such file"):
        load(tmp_path / "absent.jpg")
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(InputError, match="text.jpg: no picture"):
        load(tmp_path / "text.jpg")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(InputError, match="text.png: no picture"):
        read_premultiplied_layer(tmp_path / "text.png")
    (tmp_path / "empty.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="empty.jpg: the file is empty"):
        load(tmp_path / "empty.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_film_after_a_whole_picture_is_fine(picture, name):
    path = picture / name
    before = load(path)
    path.write_bytes(path.read_bytes() + b"\0" * 6000)
    assert (load(path) == before).all()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_keeps_the_pixels_that_networks_were_trained_on(picture, mode, options):
    path = picture / "b.jpg"
    Image.open(picture / "a.png").convert(mode).save(path, **options)
    assert (load(path) == cv2.imread(str(path), cv2.IMREAD_COLOR)).all()


def test_odd_pictures_are_seen_as_prediction_sees_them(tmp_path):
    rng = np.random.default_rng(0)
    deep = rng.integers(0, 2**12, (20, 30, 3)).astype(np.uint16)
    transparent = rng.integers(0, 255, (20, 30, 4), np.uint8)
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    cv2.imwrite(str(tmp_path / "deep.tiff"), deep)
    cv2.imwrite(str(tmp_path / "transparent.png"), transparent)
    Image.fromarray(transparent[..., :2], "LA").save(tmp_path / "grey.png")
    # 12 bits in use: the upper 8 of them
    assert (load(tmp_path / "deep.png") == deep >> 4).all()
    for path in tmp_path.iterdir():
        assert (load(path) == read_image(path)).all(), path.name


def test_size_must_be_what_the_annotations_say(picture):
    results = {"img_path": str(picture / "a.jpg"), "height": 80, "width": 60}
    with pytest.raises(InputError, match="80x60 pixels, the annotations say 60x80"):
        LoadInstrumentImage()(results)


def test_layer_colors_are_multiplied_by_alpha(tmp_path):
    layer = np.zeros((2, 2, 4), np.uint8)
    layer[0, 0] = (200, 100, 50, 128)
    layer[1, 1] = (10, 20, 30, 255)
    cv2.imwrite(str(tmp_path / "a.png"), layer)
    read = read_premultiplied_layer(tmp_path / "a.png")
    # 200 * 128 / 255 = 100.4
    assert read[0, 0].tolist() == [100, 50, 25, 128]
    assert read[1, 1].tolist() == [10, 20, 30, 255]
    assert read[0, 1].tolist() == [0, 0, 0, 1]


def test_layer_without_alpha_is_refused(picture):
    with pytest.raises(InputError, match="a.png: a layer is an 8-bit RGBA PNG"):
        read_premultiplied_layer(picture / "a.png")


def test_layers_are_taken_as_often_as_asked(picture):
    cv2.imwrite(str(picture / "layer.png"), np.zeros((60, 80, 4), np.uint8))
    sample = {"img_path": str(picture / "a.jpg"), "layer_path": str(picture / "layer.png")}
    np.random.seed(0)
    channels = [
        LoadInstrumentImage(layer_prob=0.5)(dict(sample))["img"].shape[2] for _ in range(100)
    ]
    assert 30 < channels.count(4) < 70
    assert LoadInstrumentImage()(dict(sample))["img"].shape[2] == 3
