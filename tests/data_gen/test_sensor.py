"""The sensor: every effect does what it says, and leaves positions alone."""

import numpy as np
import pytest

from data_gen import sensor
from data_gen.presets import load_preset, to_namespace
from surgtools.errors import InputError


@pytest.fixture
def grey():
    return np.full((40, 60, 3), 0.25, np.float32)


def centroid(picture):
    weight = picture.mean(axis=-1)
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
    return (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()


def test_full_trust_in_automatic_exposure_reaches_its_aim(grey):
    assert sensor.auto_exposure(grey, 0.5, 1.0) == pytest.approx(2.0)
    assert sensor.auto_exposure(grey, 0.5, 0.0) == 1.0
    assert sensor.auto_exposure(grey, 0.5, 0.5) == pytest.approx(2**0.5)


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.5])
def test_blurs_keep_light_and_place(angle):
    picture = np.zeros((41, 61, 3), np.float32)
    picture[20, 30] = 1.0
    for blurred in (sensor.defocus(picture, 1.5), sensor.motion_blur(picture, 6.0, angle)):
        assert blurred.sum() == pytest.approx(3.0, abs=1e-3)
        assert centroid(blurred) == pytest.approx((30, 20), abs=1e-3)
        assert blurred.max() < 0.5


def test_motion_blur_smears_along_its_direction():
    picture = np.zeros((41, 61, 3), np.float32)
    picture[20, 30] = 1.0
    rows = np.flatnonzero(sensor.motion_blur(picture, 7.0, 0.0).sum(axis=(1, 2)) > 1e-6)
    columns = np.flatnonzero(sensor.motion_blur(picture, 7.0, 0.0).sum(axis=(0, 2)) > 1e-6)
    assert rows.tolist() == [20]
    assert columns[0] == 27 and columns[-1] == 33


def test_a_vignette_leaves_the_middle_and_darkens_the_corner_by_its_strength():
    picture = sensor.vignette(np.ones((41, 61, 3), np.float32), 0.3)
    assert picture[20, 30, 0] == pytest.approx(1.0)
    assert picture[0, 0, 0] == pytest.approx(0.7)


def test_glare_spills_only_from_what_is_brighter_than_white(grey):
    assert (sensor.glare(grey, 0.2) == grey).all()
    picture = grey.copy()
    picture[20, 30] = 8.0
    assert sensor.glare(picture, 0.2)[20, 32, 0] > 0.26


def test_white_balance_trades_red_for_blue(grey):
    assert sensor.white_balance(grey, 0.1)[0, 0] == pytest.approx([0.275, 0.25, 0.225])


def test_noise_has_its_deviation_in_the_dark_and_more_in_the_light():
    rng = np.random.default_rng(0)
    dark = sensor.add_sensor_noise(rng, np.zeros((200, 200, 3), np.float32), 0.01)
    light = sensor.add_sensor_noise(rng, np.ones((200, 200, 3), np.float32), 0.01)
    assert dark.std() == pytest.approx(0.01, rel=0.02)
    # sqrt(0.01^2 + 0.5 * 0.01 * 0.05 * 1) = 0.0187
    assert light.std() == pytest.approx(0.0187, rel=0.02)


def test_development_is_the_srgb_curve_in_the_middle_and_never_leaves_the_range():
    ramp = np.array([[[0.0] * 3, [0.002] * 3, [0.214] * 3, [50.0] * 3]], np.float32)
    developed = sensor.develop(ramp, 1.0, 1.0)[0, :, 0]
    assert developed[0] == 0
    assert developed[1] == pytest.approx(12.92 * 0.002, abs=1e-5)
    assert developed[2] == pytest.approx(0.5, abs=1e-3)
    assert 0.99 < developed[3] <= 1


def test_codecs_keep_the_picture_and_lose_more_at_lower_quality():
    y, x = np.mgrid[:64, :96]
    pixels = np.stack([x * 2, y * 3, (x + y) % 64 * 3], axis=-1).astype(np.uint8)

    def loss(coded):
        assert coded.shape == pixels.shape and coded.dtype == np.uint8
        return np.abs(coded.astype(int) - pixels).mean()

    assert loss(sensor.jpeg(pixels, 97)) < loss(sensor.jpeg(pixels, 30)) < 40
    assert loss(sensor.h264(pixels, 10)) < loss(sensor.h264(pixels, 45)) < 40


def test_an_unknown_codec_is_named_with_the_known_ones():
    ranges = to_namespace(load_preset("plain", {"sensor": {"codec_weights": {"webp": 1}}})).sensor
    with pytest.raises(InputError, match="codec 'webp' is unknown; expected jpeg, h264"):
        sensor.sample_sensor(np.random.default_rng(0), ranges)


def test_an_odd_picture_passes_h264():
    pixels = np.full((33, 47, 3), 120, np.uint8)
    assert np.abs(sensor.h264(pixels, 20).astype(int) - 120).max() < 8


def test_rescaling_keeps_the_size_and_loses_detail():
    picture = np.indices((40, 60)).sum(axis=0)[..., None] % 2 * np.ones(3, np.float32)
    small = sensor.rescale(picture.astype(np.float32), 0.5)
    assert small.shape == picture.shape
    assert small.std() < 0.1 < picture.std()


def test_the_same_generator_gives_the_same_picture(grey):
    ranges = to_namespace(load_preset("theatre")).sensor

    def picture(seed):
        rng = np.random.default_rng(seed)
        settings = sensor.sample_sensor(rng, ranges)
        return sensor.encode(settings, sensor.expose(settings, grey, rng))

    assert (picture(1) == picture(1)).all()
    assert (picture(1) != picture(2)).any()
    assert picture(1).dtype == np.uint8
