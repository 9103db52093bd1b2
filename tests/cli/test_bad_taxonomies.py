"""Taxonomies that contradict themselves, or the data, are one clear line each."""

import json

import cv2
import numpy as np
import pytest
import yaml

from surgtools.cli import main

FILE = "train/coco_keypoints.json"
CLAMP = {"id": 5, "name": "clamp", "keypoints": ["left_tip", "right_tip"]}


@pytest.fixture
def clamps(tmp_path):
    """Function of changes to ``categories`` and ``annotations`` to a dataset folder."""

    def write(categories=(CLAMP,), keypoints=(6, 6)):
        rows = [
            {
                **{"id": number + 1, "image_id": 1, "category_id": 5, "bbox": [2, 2, 30, 30]},
                **{"area": 900, "iscrowd": 0, "num_keypoints": 2},
                "keypoints": ([10, 10, 2, 20, 20, 2] * 2)[:count],
            }
            for number, count in enumerate(keypoints)
        ]
        image = {"id": 1, "file_name": "a.png", "width": 40, "height": 40}
        content = {"images": [image], "annotations": rows, "categories": list(categories)}
        for split in ("train", "val"):
            folder = tmp_path / "data" / split
            (folder / "images").mkdir(parents=True)
            (folder / "coco_keypoints.json").write_text(json.dumps(content))
            cv2.imwrite(str(folder / "images/a.png"), np.zeros((40, 40, 3), np.uint8))
        return tmp_path / "data"

    return write


@pytest.fixture
def refused(capsys):
    """Runs a command that must end with one line and exit code 2, and gives the line."""

    def run(*argv):
        capsys.readouterr()
        assert main([str(word) for word in argv]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and error.startswith(f"surgtools {argv[0]}: "), error
        return error

    return run


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"skeleton": [["left_tip", "nose"]]}, "skeleton names keypoint 'nose', which it lacks"),
        ({"swaps": [["left_tip", "left_tip"]]}, "'left_tip' is paired with itself"),
        ({"skeleton": [["left_tip", "left_tip"]]}, "'left_tip' is paired with itself"),
        ({"swaps": [["left_tip"]]}, "is no pair; two keypoints are expected"),
        ({"keypoints": ["left_tip", "left_tip"]}, "keypoint 'left_tip' is there twice"),
        ({"sigmas": [0.1]}, "1 sigmas for 2 keypoints"),
        ({"image_sides": True}, "sides that follow the image need an axis"),
        ({"colour": 3}, "'colour' is unknown"),
    ],
)
def test_a_file_that_contradicts_itself(clamps, refused, tmp_path, changes, said):
    path = tmp_path / "taxonomy.yaml"
    path.write_text(yaml.safe_dump({"name": "own", "categories": [CLAMP | changes]}))
    error = refused("data", "check", clamps() / FILE, "--taxonomy", path)
    assert f"{path}: category 'clamp': " in error and said in error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("skeleton_info={0: dict(link=('a', 'nose'))}", "skeleton names keypoint 'nose'"),
        ("skeleton_info={0: dict(link=('a', 'a'))}", "'a' is paired with itself"),
        ("sigmas=[0.1]", "1 sigmas for 2 keypoints"),
    ],
)
def test_a_dataset_info_that_contradicts_itself(clamps, refused, tmp_path, text, said):
    path = tmp_path / "info.py"
    info = "keypoint_info={0: dict(name='a'), 1: dict(name='b')}"
    path.write_text(f"dataset_info = dict(dataset_name='own', {info}, {text})")
    assert said in refused("data", "check", clamps() / FILE, "--taxonomy", path)


def test_a_keypoint_of_a_dataset_info_that_swaps_with_itself(clamps, refused, tmp_path):
    path = tmp_path / "info.py"
    path.write_text("dataset_info = dict(keypoint_info={0: dict(name='a', swap='a')})")
    assert "'a' swaps with itself" in refused("data", "check", clamps() / FILE, "--taxonomy", path)


def test_two_categories_of_one_name(clamps, refused, tmp_path):
    both = [CLAMP, CLAMP | {"id": 6}]
    path = tmp_path / "taxonomy.yaml"
    path.write_text(yaml.safe_dump({"name": "own", "categories": both}))
    data = clamps(both)
    said = "has two categories of name 'clamp'; give each its own"
    for argv in (("data", "taxonomy", data), ("init", data, "--out", tmp_path / "start")):
        assert said in refused(*argv)
    assert said in refused("data", "check", data / FILE, "--taxonomy", path)


def test_instances_of_one_category_with_different_numbers_of_keypoints(clamps, refused, tmp_path):
    data = clamps(keypoints=(6, 9))
    for argv in (("data", "taxonomy", data), ("init", data, "--out", tmp_path / "start")):
        error = refused(*argv)
        assert "annotation 2 has 3 keypoints, others of category 5 have 2" in error
    assert main(["data", "check", str(data / FILE)]) == 1, "check lists it with all other problems"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (CLAMP | {"id": 4}, "category 'clamp' has id 5, "),
        (CLAMP | {"name": "hook"}, "category 'clamp' is unknown; taxonomy 'own' knows 5 hook"),
        (CLAMP | {"keypoints": ["left_tip", "right_end"]}, "has keypoints left_tip, right_tip; "),
    ],
)
def test_file_and_data_contradict_each_other(clamps, refused, row, said):
    data = clamps()
    (data / "taxonomy.yaml").write_text(yaml.safe_dump({"name": "own", "categories": [row]}))
    for argv in (("data", "stats", data / FILE), ("init", data, "--out", data / "start")):
        assert said in refused(*argv)


def test_a_checkpoint_of_another_taxonomy(clamps, refused, tmp_path):
    data = clamps()
    error = refused("test", "--models", "fast", "--data", data, "--work-dir", tmp_path / "out")
    assert "category 5 clamp with 2 keypoints, the network was trained for 1 needle_hold" in error
    out = ("--out", tmp_path / "adapted")
    error = refused("adapt", data / "val/images", "--source", data, "--models", "fast", *out)
    assert "category 5 clamp" in error and "give data or a checkpoint of one taxonomy" in error


COMMANDS = {
    "merge": ("data", "merge", "{file}", "{file}", "--out", "{out}/m.json"),
    "split": ("data", "split", "{file}", "--out-dir", "{out}", "--ratios", "1", "0", "0"),
    "convert": ("data", "convert", "{file}", "{out}/y", "--from", "coco", "--to", "yolo"),
    "convert a folder": ("data", "convert", "{data}", "{out}", "--from", "coco", "--to", "yolo"),
    "overlay": ("data", "overlay", "{file}", "--out-dir", "{out}"),
    "stats": ("data", "stats", "{file}", "--html", "{out}/s.html"),
    "paste": ("data", "paste", "{file}", "--backgrounds", "{data}", "--out-dir", "{out}"),
    "taxonomy": ("data", "taxonomy", "{data}", "--out", "{out}/t.yaml"),
    "sigmas": ("data", "sigmas", "{file}", "{file}", "--json", "{out}/s.json"),
    "init": ("init", "{data}", "--out-dir", "{out}"),
    "test": ("test", "--data", "{file}", "--predictions", "{file}", "--format", "mmpose"),
    "train": ("train", "rtmpose-t_60e_instruments-256x256", "--data", "{data}",
              "--work-dir", "{out}"),
}  # fmt: skip
BROKEN = {
    "no YAML": "categories: [a: b: c]",
    "a tag that runs code": "!!python/object/apply:os.system ['exit 1']",
    "nested without end": "- " * 5000,
    "a number without end": "a: " + "9" * 5000,
    "nothing": "",
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "train"])
def test_a_broken_file_in_the_dataset(clamps, refused, tmp_path, command, kind):
    data, out = clamps(), tmp_path / "out"
    (data / "taxonomy.yaml").write_text(BROKEN[kind])
    places = {"data": data, "file": data / FILE, "out": out}
    assert f"{data / 'taxonomy.yaml'}: " in refused(
        *(w.format(**places) for w in COMMANDS[command])
    )
    assert not list(out.rglob("*.*")) if out.exists() else True


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_in_place_of_the_file(clamps, refused, tmp_path, command):
    data = clamps()
    (data / "taxonomy.yaml").mkdir()
    places = {"data": data, "file": data / FILE, "out": tmp_path / "out"}
    said = refused(*(word.format(**places) for word in COMMANDS[command]))
    assert f"{data / 'taxonomy.yaml'}: is a folder" in said


def test_a_broken_file_is_unreadable_to_the_check(clamps, tmp_path, capsys):
    data = clamps()
    (data / "taxonomy.yaml").write_text(BROKEN["no YAML"])
    assert main(["data", "check", str(data / FILE), "--fix", str(tmp_path / "f.json")]) == 2
    assert f"unreadable  {data / 'taxonomy.yaml'}: " in capsys.readouterr().out
    assert not (tmp_path / "f.json").exists()
