"""``surgtools adapt --dry-run`` says what would be done, refuses what would be, writes nothing."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from surgtools.annotations.coco import CocoBuilder
from surgtools.cli import main
from surgtools.dataset_folder import annotation_file
from surgtools.files import read_json, write_json
from surgtools.prediction.models import Models

ONE_STAGE = (
    Path(__file__).resolve().parents[2] / "configs/one_stage/rtmo-tiny_60e_instruments-416x416.py"
)


@pytest.fixture
def words(tmp_path):
    """A command with a small source and three pictures as its target."""
    builder = CocoBuilder()
    for name in ("a.png", "b.png"):
        image_id = builder.add_image(name, 64, 64)
        points = [[10 + 4 * n, 10 + 8 * n, 2] for n in range(5)]
        for _ in range(10):  # 20 in all, as many as a shape needs
            builder.add_annotation(image_id, 1, points, [8, 8, 30, 40])
    for split in ("train", "val"):
        builder.write(annotation_file(tmp_path / "source", split))
    (tmp_path / "photos").mkdir()
    for value in (10, 20, 30):
        cv2.imwrite(str(tmp_path / f"photos/{value}.png"), np.full((64, 64, 3), value, np.uint8))
    return [
        "adapt", str(tmp_path / "photos"), "--source", str(tmp_path / "source"),
        "--out-dir", str(tmp_path / "out"), "--dry-run",
    ]  # fmt: skip


@pytest.fixture
def rtmo(tmp_path):
    weights = tmp_path / "rtmo.pth"
    torch.save({"state_dict": {"any": torch.zeros(1)}, "meta": {}}, weights)
    return [str(ONE_STAGE), str(weights)]


def said(capsys, words):
    code = main(words)
    told = capsys.readouterr()
    assert code == 0, told.err
    return told.out


def test_one_network_learns_from_a_pair(words, rtmo, tmp_path, capsys):
    told = said(capsys, [*words, "--models", "fast", "--student", *rtmo, "--epochs", "2"])
    assert "target: 3 pictures and 0 videos" in told
    assert "2 and 2 pictures" in told
    assert "teacher, stays as it is: " in told and "rtmdet-tiny_instruments.py and" in told
    assert f"learns, one-stage network: {ONE_STAGE}" in told
    assert "2 epochs of 480 pictures" in told and "hard labels by the teacher as it is" in told
    assert told.count("learns, ") == 1 and not (tmp_path / "out").exists()


def test_what_cannot_be_read_is_named(words, tmp_path, capsys):
    told = said(capsys, [words[0], str(tmp_path / "none.mp4"), *words[1:]])
    assert f"left out: {tmp_path / 'none.mp4'}: no such file" in told


def test_a_pair_teaches_itself_both_parts(words, tmp_path, capsys):
    told = said(capsys, words)
    assert "stays as it is" not in told and told.count("by the average of") == 2
    assert said(capsys, [*words, "--only", "pose"]).count("learns, ") == 1
    assert not (tmp_path / "out").exists()


def test_without_a_source_none_is_rendered(words, capsys, monkeypatch, tmp_path):
    def no_source(*_):
        raise AssertionError("rendered")

    monkeypatch.setattr("surgtools.cli.made_source.make_source", no_source)
    monkeypatch.chdir(tmp_path)
    at = words.index("--source")
    assert "one would be rendered" in said(capsys, words[:at] + words[at + 2 :])


def test_a_source_that_tells_too_little_is_refused_at_once(words, refused, tmp_path):
    file = annotation_file(tmp_path / "source", "train")
    content = read_json(file)
    content["annotations"] = content["annotations"][1:]
    write_json(file, content)
    refused(words, "no category with 20 instances whose keypoints all have v > 0")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def refused(capsys):
    def run(words, message):
        code = main(words)
        error = capsys.readouterr().err.splitlines()
        assert code == 2 and message in error[-1]
        assert all("runs the configs, which are programs" in line for line in error[:-1])

    return run


@pytest.mark.parametrize("dry", [True, False])
def test_the_folder_is_looked_into_before_a_source_is_rendered(
    words, refused, monkeypatch, tmp_path, dry
):
    def no_source(*_):
        raise AssertionError("rendered")

    monkeypatch.setattr("surgtools.cli.made_source.make_source", no_source)
    monkeypatch.chdir(tmp_path)
    at = words.index("--source")
    words = words[:at] + words[at + 2 :]
    words = words if dry else words[:-1]
    write_json(tmp_path / "out/work/settings.json", {"targets": ["else"], "surprise": 1})
    refused(words, "holds a run with other targets, models or settings")
    write_json(tmp_path / "out/work/settings.json", ["else"])
    refused(words, "settings.json: is not of a run; choose another --out-dir")
    (tmp_path / "out/work/settings.json").unlink()
    Models.find("fast").write(tmp_path / "out")
    refused([*words, "--models", str(tmp_path / "out")], "a run would replace it; choose another")
    assert not (tmp_path / "out/work/settings.json").exists()


def test_teachers_of_another_kind_are_refused(words, refused, tmp_path):
    swapped, fast = tmp_path / "swapped", Models.find("fast")
    fast.write(swapped)
    for suffix in ("py", "pth"):
        (swapped / f"pose.{suffix}").write_bytes((swapped / f"detector.{suffix}").read_bytes())
    refused([*words, "--teacher-models", "fast", str(swapped)], "pose.py: is no pose model but a")
    refused([*words, "--teacher-models", "fast", "fast-onnx"], "holds ONNX files, adapt learns")
    assert not (tmp_path / "out").exists(), "nothing was begun"


def test_what_a_run_would_refuse_is_refused(words, rtmo, tmp_path, capsys, refused):
    write_json(tmp_path / "out/work/settings.json", {"targets": ["else"], "surprise": 1})
    refused(words, "holds a run with other targets, models or settings")
    (tmp_path / "empty").mkdir()
    refused([words[0], str(tmp_path / "empty"), *words[2:]], "empty")
    refused([words[0], str(tmp_path / "none.mp4"), *words[2:]], "none.mp4")
    refused([*words, "--student", *rtmo, "--only", "pose"], "it is trained whole")
    refused([*words, "--source", str(tmp_path)], "has no train/coco_keypoints.json")
    fast = Models.find("fast")
    refused([*words, "--student", fast.det_model.stem, "--only", "pose"], "is no pose model")
    refused([*words, "--pose2d", fast.det_model.stem], "is no pose model")
    (tmp_path / "out/work/settings.json").unlink()
    fast.write(tmp_path / "out")
    assert main([*words, "--models", str(tmp_path / "out")]) == 2
    assert "a run would replace it; choose another" in capsys.readouterr().err
