"""Presets: inheritance, and every mistake is named with file and key."""

import numpy as np
import pytest

from data_gen.presets import choose, integer, load_preset, log_uniform, preset_names, to_namespace
from surgtools.errors import InputError


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_that_comes_with_the_generator_loads(name):
    preset = to_namespace(load_preset(name))
    assert len(preset.resolution) == 2
    assert sum(preset.instruments.kind_weights.values()) > 0


def test_the_nine_presets_of_the_design_are_there():
    assert set(preset_names()) >= {
        *("plain", "hdri", "occlusion", "hdri_occlusion", "forced_occlusion"),
        *("tabletop", "theatre", "source", "shifted"),
    }


def test_a_preset_lies_over_what_it_inherits_and_the_command_line_over_both(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("inherit: occlusion\ncamera: {tilt: [1, 2]}\n")
    preset = load_preset(path, {"resolution": [64, 48]})
    assert preset["camera"]["tilt"] == [1, 2]
    assert preset["occluders"]["share"] == 0.9  # from occlusion
    assert preset["ground"]["background_weights"] == {"plain": 1}  # from plain
    assert preset["resolution"] == [64, 48]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("camera: {tilt: [30, 10]}", r"`camera.tilt` has min 30 > max 10"),
        ("camera: {tilted: [1, 2]}", r"key `camera.tilted` is unknown"),
        ("camera: [1, 2]", r"`camera` is \[1, 2\], expected keys"),
        ("camera: {tilt: [1, 2, 3]}", r"expected 2 numbers"),
        ("camera: {tilt: [a, b]}", r"`camera.tilt` is .* finite numbers"),
        ("light: {sky_weights: {room: 0}}", r"`light.sky_weights` needs weights"),
        ("instruments: {count_weights: {two: 1}}", r"`instruments.count_weights` weighs 'two'"),
        ("sensor: {noise: [0, 0.02]}", r"`sensor.noise` is \[0, 0.02\]; .* above 0 are expected"),
        ("occluders: {weights: {hand: .inf}}", r"`occluders.weights` needs weights"),
        ("occluders: {share: 20}", r"`occluders.share` is 20; a share from 0 to 1"),
        ("motion: {fps: 0}", r"`motion.fps` is 0; a finite number from 1 on"),
        ("render: {samples: .inf}", r"`render.samples` is inf; a finite number from 1 on"),
        ("instruments: {min_inside: .nan}", r"is nan; a finite number from 0 on"),
        ("occluders: {force: 3}", r"`occluders.force` is 3"),
        ("camera: {tilt: [1, 2", r"is not YAML"),
        ("- 1", r"holds a list"),
        ("inherit: [1]", r"inherit \[1\]; another preset"),
        ("inherit: " + "n" * 300, r"is unknown"),
        ("a: !!float ''", r"is not YAML"),
        (f"camera: {{tilt: [1, {10**400}]}}", r"`camera.tilt` is .* finite numbers"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path, text, message):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        load_preset(path)
    assert "broken.yaml" in str(error.value)


def test_presets_that_inherit_from_each_other_are_refused(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"inherit: {tmp_path / other}.yaml\n")
    with pytest.raises(InputError, match="inherit .* another preset is expected"):
        load_preset(tmp_path / "a.yaml")


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'tabeltop' is unknown.*tabletop"):
        load_preset("tabeltop")


def test_the_sources_of_adaptation_share_no_appearance():
    source, shifted = (to_namespace(load_preset(name)) for name in ("source", "shifted"))
    assert not set(source.ground.background_weights) & set(shifted.ground.background_weights)
    assert not set(source.light.sky_weights) & set(shifted.light.sky_weights)
    assert source.light.warmth[0] > shifted.light.warmth[1]
    assert source.sensor.brightness[0] > shifted.sensor.brightness[1]
    assert source.sensor.noise[1] < shifted.sensor.noise[0]
    assert not set(source.sensor.codec_weights) & set(shifted.sensor.codec_weights)


def test_draws_keep_to_their_bounds_and_weights():
    rng = np.random.default_rng(0)
    assert {integer(rng, [2, 4]) for _ in range(200)} == {2, 3, 4}
    values = [log_uniform(rng, [1.0, 100.0]) for _ in range(2000)]
    assert 1 <= min(values) and max(values) <= 100
    assert np.mean(np.array(values) < 10) == pytest.approx(0.5, abs=0.04)  # half per decade
    assert {choose(rng, {"a": 1, "b": 0, "c": 2}) for _ in range(100)} == {"a", "c"}
