"""YOLO-pose written by hand: one line, padding, flips, settings, names that lead out."""

import cv2
import numpy as np
import pytest
import yaml

from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.convert.yolo import write
from surgtools.annotations.convert.yolo_reader import read
from surgtools.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """Two classes of 3 and 2 keypoints, one picture of 40 x 20 with one line."""
    (tmp_path / "images/train").mkdir(parents=True)
    (tmp_path / "labels/train").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "images/train/a.png"), np.zeros((20, 40, 3), np.uint8))
    line = "1 0.5 0.5 0.25 0.5 0.1 0.2 2 0.3 0.4 1 0 0 0\n"
    (tmp_path / "labels/train/a.txt").write_text(line)
    settings = {
        "train": "images/train",
        "val": "images/train",
        "kpt_shape": [3, 3],
        "names": {0: "hook", 1: "clamp"},
        "kpt_names": {0: ["tip", "left", "right"], 1: ["left", "right"]},
    }
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(settings))
    return tmp_path


def test_written_folder_by_hand(folder, tmp_path):
    parts = read(folder, Options(), Losses())
    losses = Losses()
    write(parts, tmp_path / "out", Options(), losses)
    text = (tmp_path / "out/labels/train/a.txt").read_text()
    assert text == "1 0.5 0.5 0.25 0.5 0.1 0.2 2 0.3 0.4 1 0 0 0\n"
    settings = yaml.safe_load((tmp_path / "out/data.yaml").read_text())
    assert settings["kpt_shape"] == [3, 3]
    assert "path" not in settings
    # hook flips 1 and 2, clamp 0 and 1: no permutation serves both
    assert "flip_idx" not in settings
    assert any("flip_idx" in line for line in losses.lines())


def test_flip_indices_of_our_instruments(content, tmp_path):
    write([DatasetPart("train", content, tmp_path)], tmp_path / "out", Options(), Losses())
    settings = yaml.safe_load((tmp_path / "out/data.yaml").read_text())
    assert settings["flip_idx"] == [0, 3, 4, 1, 2]
    assert settings["names"] == {0: "needle_holder", 1: "tweezers"}
    assert settings["val"] == settings["train"] == "images/train"


def test_a_crowd_region_does_not_become_an_instrument(content, tmp_path):
    content["annotations"][0]["iscrowd"] = 1
    losses = Losses()
    write([DatasetPart("train", content, tmp_path)], tmp_path / "out", Options(), losses)
    first, second = content["images"][:2]
    for image, classes in ((first, ["1"]), (second, ["0", "1"])):
        label = tmp_path / "out/labels/train" / image["file_name"].replace(".jpg", ".txt")
        assert [line.split()[0] for line in label.read_text().splitlines()] == classes
    assert any(line.startswith("crowd regions (iscrowd)") for line in losses.lines())


def test_what_leaves_the_picture_is_clipped_and_counted(content, tmp_path):
    content["annotations"][0]["bbox"] = [-10, 18, 72, 76]
    content["annotations"][0]["keypoints"][:3] = [-5, 60, 2]
    losses = Losses()
    write([DatasetPart("train", content, tmp_path)], tmp_path / "out", Options(), losses)
    line = (tmp_path / "out/labels/train/clip0/frame_0000.txt").read_text().split("\n")[0]
    words = line.split()
    assert words[1:5] == ["0.155", "0.56", "0.31", "0.76"]  # 0..62 of 200, 18..94 of 100
    assert words[5:8] == ["0", "0", "0"]
    assert {"parts of boxes outside the picture (1 x)"} < set(losses.lines())


def test_pictures_that_would_share_a_label_file_are_refused(content, tmp_path):
    content["images"][1]["file_name"] = "clip0/frame_0000.png"
    with pytest.raises(InputError, match="would share frame_0000.txt"):
        write([DatasetPart("train", content, tmp_path)], tmp_path / "out", Options(), Losses())


@pytest.mark.parametrize(
    "name", ["/fx/a.jpg", "../a.jpg", "a/../../b.jpg", "C:\\a.jpg", "n" * 300]
)
def test_no_label_is_written_outside(name, content, tmp_path):
    content["images"][3]["file_name"] = name
    with pytest.raises(InputError, match="image 4"):
        write([DatasetPart("train", content, tmp_path)], tmp_path / "in/out", Options(), Losses())
    assert list(tmp_path.rglob("*")) == []
