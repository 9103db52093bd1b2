"""YOLO-pose by hand: one line, padding, flips, settings; broken folders are located."""

import cv2
import numpy as np
import pytest
import yaml

from surgtools.annotations.convert.parts import Losses, Options, Part
from surgtools.annotations.convert.yolo import read, write
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


def test_line_by_hand(folder):
    (part,) = read(folder, Options(), Losses())
    (annotation,) = part.content["annotations"]
    assert annotation["bbox"] == [15, 5, 10, 10]
    assert annotation["keypoints"] == [4, 4, 2, 12, 8, 1]
    assert annotation["category_id"] == 2
    assert [c["keypoints"] for c in part.content["categories"]][1] == ["left", "right"]


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
    write([Part("train", content, tmp_path)], tmp_path / "out", Options(), Losses())
    settings = yaml.safe_load((tmp_path / "out/data.yaml").read_text())
    assert settings["flip_idx"] == [0, 3, 4, 1, 2]
    assert settings["names"] == {0: "needle_holder", 1: "tweezers"}
    assert settings["val"] == settings["train"] == "images/train"


def test_what_leaves_the_picture_is_clipped_and_counted(content, tmp_path):
    content["annotations"][0]["bbox"] = [-10, 18, 72, 76]
    content["annotations"][0]["keypoints"][:3] = [-5, 60, 2]
    losses = Losses()
    write([Part("train", content, tmp_path)], tmp_path / "out", Options(), losses)
    line = (tmp_path / "out/labels/train/clip0/frame_0000.txt").read_text().split("\n")[0]
    words = line.split()
    assert words[1:5] == ["0.155", "0.56", "0.31", "0.76"]  # 0..62 of 200, 18..94 of 100
    assert words[5:8] == ["0", "0", "0"]
    assert {"parts of boxes outside the picture (1 x)"} < set(losses.lines())


def test_two_values_per_point_are_visible_unless_zero(folder):
    settings = yaml.safe_load((folder / "data.yaml").read_text())
    settings["kpt_shape"] = [3, 2]
    (folder / "data.yaml").write_text(yaml.safe_dump(settings))
    (folder / "labels/train/a.txt").write_text("0 .5 .5 .5 .5 .1 .2 0 0 .5 .5\n")
    (part,) = read(folder, Options(), Losses())
    assert part.content["annotations"][0]["keypoints"][2::3] == [2, 0, 2]


def test_picture_without_label_file_is_unlabelled(folder):
    (folder / "labels/train/a.txt").unlink()
    (part,) = read(folder, Options(), Losses())
    assert len(part.content["images"]) == 1 and part.content["annotations"] == []


def test_pictures_that_would_share_a_label_file_are_refused(content, tmp_path):
    content["images"][1]["file_name"] = "clip0/frame_0000.png"
    with pytest.raises(InputError, match="would share frame_0000.txt"):
        write([Part("train", content, tmp_path)], tmp_path / "out", Options(), Losses())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 .5 .5 x .5", "line 1 is not made of numbers"),
        ("0 .5 .5 .5", "line 1 has 4 numbers"),
        ("0 .5 .5 .5 .5 .1 .1", "has 7 numbers; 5 \\+ keypoints x 3"),
        ("7 .5 .5 .5 .5 .1 .1 2", "has class 7; 0 to 1"),
        ("0.5 .5 .5 .5 .5 .1 .1 2", "has class 0.5"),
        ("0 .5 .5 0 .5 .1 .1 2", "box without width or height"),
        ("0 .5 .5 .5 .5 .1 .1 9", "visibility"),
        ("0 .5 .5 .5 .5 nan .1 2", "has 8 numbers"),
    ],
)
def test_broken_line_is_located(folder, line, message):
    (folder / "labels/train/a.txt").write_text(line + "\n")
    with pytest.raises(InputError, match=message) as caught:
        read(folder, Options(), Losses())
    assert "labels/train/a.txt" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kpt_shape": [3]}, "kpt_shape"),
        ({"kpt_shape": [3, 4]}, "kpt_shape"),
        ({"names": None}, "names None"),
        ({"names": {0: "a", 2: "b"}}, "without gaps"),
        ({"kpt_names": {0: ["a"] * 9}}, "kpt_shape allows 3"),
        ({"train": "pictures"}, "is no folder of pictures"),
    ],
)
def test_broken_settings_are_named(folder, change, message):
    settings = yaml.safe_load((folder / "data.yaml").read_text())
    (folder / "data.yaml").write_text(yaml.safe_dump({**settings, **change}))
    with pytest.raises(InputError, match=message):
        read(folder, Options(), Losses())
    for text in ("[", "- 1", ""):
        (folder / "data.yaml").write_text(text)
        with pytest.raises(InputError, match="data.yaml"):
            read(folder, Options(), Losses())
