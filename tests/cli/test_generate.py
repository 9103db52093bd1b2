"""``surgtools generate``: the command line becomes one request; mistakes are one line."""

import pytest

from surgtools.cli import main
from surgtools.cli.generate import add_arguments, build_request, generator_root
from surgtools.cli.parser import CommandParser
from surgtools.errors import InputError


def request(*words):
    parser = CommandParser()
    add_arguments(parser)
    return build_request(parser.parse_args(list(words)))


def test_options_become_fields_and_overrides():
    asked = request(
        *("tabletop", "--out", "d", "--num", "7", "--seed", "3", "--shard", "2/5"),
        *(
            "--resolution",
            "320x240",
            "--samples",
            "4",
            "--layers",
            "--models",
            "a.yaml",
            "b.blend",
        ),
    )
    assert asked["task"] == "frames"
    assert (asked["preset"], asked["out"], asked["num"], asked["seed"]) == ("tabletop", "d", 7, 3)
    assert asked["shard"] == (2, 5) and asked["layers"] is True
    assert asked["models"] == ["a.yaml", "b.blend"]
    assert asked["overrides"] == {"resolution": [320, 240], "render": {"samples": 4}}


def test_labels_only_is_asked_for_and_else_not_mentioned():
    assert request("tabletop", "--out", "d", "--labels-only")["labels_only"] is True
    assert "labels_only" not in request("tabletop", "--out", "d")


def test_gestures_are_clips_that_need_no_rendering():
    asked = request("gestures", "--out", "d", "--gestures", "--video", "9", "--labels-only")
    assert asked["gestures"] is True and asked["labels_only"] is True and asked["video"] == 9
    assert "gestures" not in request("tabletop", "--out", "d", "--video", "9")


def test_cameras_of_a_rig_stand_30_degrees_apart_unless_asked_otherwise():
    rig = ("tabletop", "--out", "d", "--camera", "c.json", "--rig", "3")
    assert request(*rig)["rig_angle"] == 30
    assert request(*rig, "--rig-angle", "50")["rig_angle"] == 50
    assert "rig_angle" not in request("tabletop", "--out", "d")


def test_card_inspect_and_verify_take_a_second_word():
    assert request("card", "d/train") == {"task": "card", "folder": "d/train"}
    assert request("inspect", "m.stl") == {"task": "inspect", "model": "m.stl"}
    assert request("inspect", "m.yaml", "--taxonomy", "t.yaml")["taxonomy"] == "t.yaml"
    assert request("inspect", "m.yaml", "--skeleton", "m.json")["skeleton"] == "m.json"
    assert request("verify", "hdri", "--num", "20")["num"] == 20


def test_a_skeleton_replaces_skeletons_only(tmp_path):
    model, notes, before = (tmp_path / name for name in ("m.yaml", "notes.json", "m.json"))
    model.write_text("category: needle_holder")
    notes.write_text("{}")
    before.write_text('{"opening_rad": [0.0]}')
    assert request("inspect", str(model), "--skeleton", str(before))
    with pytest.raises(InputError, match="m.yaml: is read by this command"):
        request("inspect", str(model), "--skeleton", str(model))
    with pytest.raises(InputError, match="notes.json: is there and is not an instrument model"):
        request("inspect", str(model), "--skeleton", str(notes))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tabletop"], "--out-dir DIR is missing"),
        (["tabletop", "more", "--out", "d"], "'more' is one word too many"),
        (["card"], "needs what to look at"),
        (["tabletop", "--out", "d", "--skeleton", "m.json"], "--skeleton belongs to"),
        (["tabletop", "--out", "d", "--rig", "1"], "--rig 1"),
        (["tabletop", "--out", "d", "--rig-angle", "60"], "--rig-angle belongs to --rig N"),
        (["tabletop", "--out", "d", "--labels-only", "--video", "3"], "--labels-only makes"),
        (["tabletop", "--out", "d", "--labels-only", "--rig", "2"], "--labels-only makes"),
        (["tabletop", "--out", "d", "--gestures"], "--gestures makes clips; add --video"),
        (["tabletop", "--out", "d", "--shard", "1-2"], "--shard 1-2"),
        (["tabletop", "--out", "d", "--resolution", "big"], "--resolution big"),
        (["tabletop", "--out", "d", "--workers", "0"], "--workers 0"),
        (["tabletop", "--out", "d", "--samples", "0"], "--samples 0"),
    ],
)
def test_a_mistake_is_named_before_anything_starts(words, message):
    with pytest.raises(InputError, match=message):
        request(*words)


def test_the_command_ends_with_code_2_on_bad_input(capfd):
    assert main(["generate", "tabletop"]) == 2
    assert capfd.readouterr().err.startswith("surgtools generate: --out-dir DIR is missing")


def test_the_generator_lies_beside_the_package_or_is_missed_in_one_line(monkeypatch, tmp_path):
    assert (generator_root() / "data_gen/presets.py").is_file()
    monkeypatch.setattr("surgtools.__file__", str(tmp_path / "surgtools/__init__.py"))
    with pytest.raises(InputError, match=r"holds no data_gen.*pip install '\.\[generator\]'"):
        generator_root()


def test_instrument_models_have_a_name_that_no_network_has():
    assert request("plain", "--out-dir", "d", "--instruments", "a.blend")["models"] == ["a.blend"]
