"""Data sets are mixed as often as was asked, with labels, layers and a part that is kept apart."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder, load_coco
from surgtools.datasets import InstrumentDetDataset
from surgtools.taxonomy import COCO_PERSON
from tools import mix_for_student

POINTS = np.array([[2, 5, 2], [6, 4, 2], [9, 4, 2], [6, 5, 1], [9, 5, 2]])


def data_set(folder, gray, num, **extra):
    """Pictures of one gray each with tweezers and a soft label; names are those of any other."""
    for part in ("images", "layers"):
        (folder / "train" / part).mkdir(parents=True)
    builder = CocoBuilder()
    for number in range(num):
        name = f"{number}.png"
        cv2.imwrite(str(folder / "train/images" / name), np.full((16, 16, 3), gray + number, "u1"))
        cv2.imwrite(str(folder / "train/layers" / name), np.full((16, 16, 4), gray, np.uint8))
        image = builder.add_image(name, 16, 16, **({"layer": name} if extra.get("layer") else {}))
        builder.add_annotation(image, 2, POINTS, (2, 4, 8, 2), keypoint_weights=[0.5] * 5)
    builder.write(folder / "train/coco_keypoints.json")
    return folder


@pytest.fixture
def parts(tmp_path):
    return data_set(tmp_path / "a", 10, 7), data_set(tmp_path / "b", 100, 2, layer=True)


def grays(folder):
    content = load_coco(folder / "coco_keypoints.json")
    assert len(content["annotations"]) == len(content["images"])
    assert all(row["keypoint_weights"] == [0.5] * 5 for row in content["annotations"])
    names = [row["file_name"] for row in content["images"]]
    assert len(set(names)) == len(names)
    return sorted(cv2.imread(str(folder / "images" / name))[0, 0, 0] for name in names)


def test_each_stands_as_often_as_asked_and_the_kept_ones_never(run_tool, parts, tmp_path, capsys):
    first, second = parts
    assert (
        run_tool(
            mix_for_student,
            f"{first}:3",
            f"{second}",
            "--keep-apart",
            3,
            "--out",
            tmp_path / "out",
        )
        == 0
    )
    assert grays(tmp_path / "out/val") == [12, 15]
    assert grays(tmp_path / "out/train") == sorted(3 * [10, 11, 13, 14, 16] + [100, 101])
    assert "17 pictures, 17 instruments" in capsys.readouterr().out
    assert (
        run_tool(mix_for_student, tmp_path / "out", f"{second}:2", "--out", tmp_path / "again")
        == 0
    )
    assert grays(tmp_path / "again/val") == [12, 15], "val of the first goes along"


def test_training_reads_it_layers_too(run_tool, parts, tmp_path):
    assert run_tool(mix_for_student, *parts, "--out", tmp_path / "out") == 0
    data = InstrumentDetDataset(
        data_root=str(tmp_path / "out/train"),
        ann_file="coco_keypoints.json",
        data_prefix=dict(img="images/"),
    )
    layers = [Path(row["layer_path"]) for row in data if "layer_path" in row]
    assert len(data) == 9 and len(layers) == 2
    assert not (tmp_path / "out/val/coco_keypoints.json").exists(), "nothing was kept apart"
    assert all(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[0, 0, 3] == 100 for path in layers)


def test_pictures_whose_names_would_be_one_are_numbered(run_tool, tmp_path):
    folder = tmp_path / "a"
    data_set(folder, 10, 3, layer=True)
    file = folder / "train/coco_keypoints.json"
    content = json.loads(file.read_text())
    for row, name in zip(content["images"], ("a/b.png", "a_b.png", "a_b_2.png"), strict=True):
        for part, key in (("images", "file_name"), ("layers", "layer")):
            target = folder / "train" / part / name
            target.parent.mkdir(exist_ok=True)
            (folder / "train" / part / row[key]).rename(target)
            row[key] = name
    file.write_text(json.dumps(content))
    assert run_tool(mix_for_student, f"{folder}:2", "--out", tmp_path / "out") == 0
    assert grays(tmp_path / "out/train") == [10, 10, 11, 11, 12, 12]
    assert len(list((tmp_path / "out/train/layers").iterdir())) == 6


def test_bad_wishes_are_one_line(run_tool, parts, tmp_path, capsys):
    persons = tmp_path / "persons/train"
    persons.mkdir(parents=True)
    CocoBuilder(instruments=COCO_PERSON.categories).write(persons / "coco_keypoints.json")
    first, out = parts[0], ("--out", tmp_path / "out")
    for words, said in (
        ((first, persons.parent, *out), "other categories"),
        ((f"{first}:0", *out), "counts no time"),
        ((first, "--keep-apart", 1, *out), "--keep-apart 1"),
        ((tmp_path / "none", *out), "none"),
        ((first, "--out", first), "is there already"),
    ):
        assert run_tool(mix_for_student, *words) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    (first / "train/images/0.png").unlink()
    assert run_tool(mix_for_student, first, *out) == 2
    assert "is not there" in capsys.readouterr().err


def test_nothing_to_keep_apart_is_one_line(run_tool, parts, tmp_path, capsys):
    words = [parts[1], "--keep-apart", 3, "--out", tmp_path / "mixed"]
    assert run_tool(mix_for_student, *words) == 2
    assert "has 2 pictures, so none would be kept" in capsys.readouterr().err
    assert not (tmp_path / "mixed").exists()
