"""Skies: directions as Blender maps them, and light of a known amount."""

import cv2
import numpy as np
import pytest

from data_gen.presets import load_preset, to_namespace
from data_gen.skies import _irradiance, load_sky, sample_sky, sky_directions
from surgtools.errors import InputError


def test_the_top_row_looks_up_and_the_middle_column_along_minus_x():
    directions = sky_directions(128, 256)
    assert directions[0, 0, 2] > 0.99
    assert directions[-1, 0, 2] < -0.99
    assert directions[64, 128] == pytest.approx([-1, 0, 0], abs=0.03)
    assert np.linalg.norm(directions, axis=-1) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", ["room", "studio", "lamps", "even"])
def test_every_kind_lights_a_table_like_a_white_sky(kind):
    light = to_namespace(load_preset("tabletop", {"light": {"warmth": [0, 0]}})).light
    light.sky_weights = {kind: 1}
    sky = sample_sky(np.random.default_rng(3), light)
    assert sky.shape == (128, 256, 3) and np.isfinite(sky).all() and sky.min() >= 0
    assert _irradiance(sky, sky_directions()) == pytest.approx(1.0, abs=0.05)
    assert sky.std() > 0.02  # metal needs something to reflect


def test_an_unknown_kind_is_named_with_the_known_ones():
    light = to_namespace(load_preset("tabletop", {"light": {"sky_weights": {"rooom": 1}}})).light
    with pytest.raises(InputError, match=r"sky 'rooom' is unknown; expected room, studio"):
        sample_sky(np.random.default_rng(0), light)


def test_an_hdri_is_scaled_and_turned(tmp_path):
    path = tmp_path / "sky.hdr"
    pixels = np.full((32, 64, 3), 5.0, np.float32)
    pixels[:8, 10:14] = 80.0
    cv2.imwrite(str(path), pixels)
    sky = load_sky(path, np.random.default_rng(0))
    assert _irradiance(sky, sky_directions(32, 64)) == pytest.approx(1.0, abs=1e-3)
    assert np.argmax(sky[0, :, 0]) != 10


def test_an_unreadable_hdri_is_named(tmp_path):
    path = tmp_path / "broken.hdr"
    path.write_bytes(b"#?RADIANCE\ncut off")
    with pytest.raises(InputError, match=r"broken\.hdr: no picture"):
        load_sky(path, np.random.default_rng(0))


def test_an_hdri_of_the_wrong_shape_is_named(tmp_path):
    path = tmp_path / "square.hdr"
    cv2.imwrite(str(path), np.ones((32, 32, 3), np.float32))
    with pytest.raises(InputError, match=r"32x32, expected twice as wide"):
        load_sky(path, np.random.default_rng(0))


def test_a_wider_shade_darkens_more_of_what_is_overhead():
    def overhead(reach):
        light = {"shade_share": 1.0, "shade": [reach, reach], "sky_weights": {"even": 1}}
        ranges = to_namespace(load_preset("plain", {"light": light})).light
        skies = [sample_sky(np.random.default_rng(seed), ranges) for seed in range(10)]
        return np.mean([sky[:24].mean() for sky in skies])

    assert overhead(1.8) < 0.8 * overhead(0.2)
