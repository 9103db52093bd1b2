"""YOLO-pose folders of other tools: lines, encodings, links, what computers leave behind."""

import codecs

import cv2
import numpy as np
import pytest
import yaml

from surgtools.annotations.convert.dataset_parts import Losses, Options
from surgtools.annotations.convert.yolo_reader import read
from surgtools.errors import InputError

POINTS = ".1 .1 2 .2 .2 2 .3 .3 2"


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


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 .5 .5 x .5", "line 1 is not made of numbers"),
        ("0 .5 .5 .5", "line 1 has 4 numbers"),
        ("0 .5 .5 .5 .5", "has 5 numbers, .* 14 are expected: 5 and 3 for each of 3"),
        ("0 .5 .5 .5 .5 .1 .1 2 .1 .1 2", "has 11 numbers"),
        (f"0 .5 .5 .5 .5 {POINTS} .1 .1 2", "has 17 numbers"),
        (f"7 .5 .5 .5 .5 {POINTS}", "has class 7; 0 to 1"),
        (f"0.5 .5 .5 .5 .5 {POINTS}", "has class 0.5"),
        (f"0 .5 .5 0 .5 {POINTS}", "box without width or height"),
        ("0 .5 .5 .5 .5 .1 .1 9 0 0 0 0 0 0", "visibility"),
        ("0 .5 .5 .5 .5 nan .1 2 0 0 0 0 0 0", "no share of a picture"),
        ("0 .5 .5 .5 1e300 .1 .1 2 0 0 0 0 0 0", "no share of a picture"),
        (f"1 .5 .5 .5 .5 {POINTS}", "labels more than the 2 keypoints of clamp"),
    ],
)
def test_broken_line_is_located(folder, line, message):
    (folder / "labels/train/a.txt").write_text(line + "\n")
    with pytest.raises(InputError, match=message) as caught:
        read(folder, Options(), Losses())
    assert "labels/train/a.txt" in str(caught.value)


def names(folder, **options) -> list[str]:
    (part,) = read(folder, Options(**options), Losses())
    return [image["file_name"] for image in part.content["images"]]


def test_files_and_folders_with_a_dot_in_front_are_no_pictures(folder):
    (folder / "images/train/._a.png").write_bytes(b"AppleDouble")
    for inner in (".ipynb_checkpoints", "__MACOSX"):
        (folder / "images/train" / inner).mkdir()
        (folder / "images/train" / inner / "b.png").write_bytes(b"copy")
    (folder / "images/train/Thumbs.db").write_bytes(b"windows")
    assert names(folder) == ["a.png"]


def test_folders_that_are_links_are_searched_once(folder):
    (folder / "pool").mkdir()
    (folder / "images/train/a.png").rename(folder / "pool/a.png")
    (folder / "images/train/cam1").symlink_to("../../pool")
    (folder / "pool/around").symlink_to("..")
    (folder / "labels/train/cam1").mkdir()
    (folder / "labels/train/a.txt").rename(folder / "labels/train/cam1/a.txt")
    (part,) = read(folder, Options(), Losses())
    assert [image["file_name"] for image in part.content["images"]] == ["cam1/a.png"]
    assert len(part.content["annotations"]) == 1


@pytest.mark.parametrize("of", ["folder", "picture"])
def test_links_that_lead_out_need_permission(of, folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (folder / "images/train/a.png").rename(outside / "a.png")
    if of == "folder":
        (folder / "images/train/cam1").symlink_to(outside)
    else:
        (folder / "images/train/b.png").symlink_to(outside / "a.png")
    with pytest.raises(InputError, match="--allow-outside"):
        read(folder, Options(), Losses())
    assert names(folder, allow_outside=True) == ["cam1/a.png" if of == "folder" else "b.png"]


def test_list_of_pictures_stays_in_the_data_set(folder):
    settings = yaml.safe_load((folder / "data.yaml").read_text())
    settings["train"] = settings["val"] = "train.txt"
    (folder / "data.yaml").write_text(yaml.safe_dump(settings))
    (folder / "train.txt").write_text("./images/train/a.png\n\n")
    assert names(folder) == ["images/train/a.png"]
    (folder / "train.txt").write_text("../images/a.png\n")
    with pytest.raises(InputError, match="train.txt: line 1: .*--allow-outside"):
        read(folder, Options(), Losses())


def test_label_file_with_a_byte_order_mark_is_read(folder):
    file = folder / "labels/train/a.txt"
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    (part,) = read(folder, Options(), Losses())
    assert len(part.content["annotations"]) == 1


def test_label_file_that_is_no_utf8_is_named(folder):
    (folder / "labels/train/a.txt").write_bytes("# größe\n".encode("latin-1"))
    with pytest.raises(InputError, match="a.txt: cannot be read as UTF-8"):
        read(folder, Options(), Losses())


def test_label_files_without_a_picture_are_a_loss(folder):
    (folder / "labels/train/photo.txt").write_text("")
    (folder / "labels/train/classes.txt").write_text("hook\nclamp\n")
    losses = Losses()
    read(folder, Options(), losses)
    assert losses.lines() == ["label files without a picture (1 x)"]


def test_folder_that_is_not_there_is_named(folder):
    settings = yaml.safe_load((folder / "data.yaml").read_text())
    (folder / "data.yaml").write_text(yaml.safe_dump({**settings, "train": "pictures"}))
    with pytest.raises(InputError, match="pictures is no folder of pictures"):
        read(folder, Options(), Losses())
