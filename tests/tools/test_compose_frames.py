"""Composed frames come out as a data set that training and checks read."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder, load_coco
from surgtools.hosts.config_files import load_config
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import write_taxonomy
from tools import compose_frames

ROOT = Path(__file__).resolve().parents[2]
KEYPOINTS = np.array([[8, 32, 2], [30, 31, 2], [55, 30, 2], [30, 33, 2], [55, 33, 2]], float)


@pytest.fixture(scope="module")
def composed(run_tool, tmp_path_factory):
    """Twelve frames of bright bars over dark photographs, and one photograph as it is."""
    root = tmp_path_factory.mktemp("composed")
    builder = CocoBuilder()
    for name in ("data/train/images", "data/train/layers", "photographs"):
        (root / name).mkdir(parents=True)
    for number in range(3):
        layer = np.zeros((64, 64, 4), np.uint8)
        layer[29:35, 8:56] = (250, 250, 250, 255)
        cv2.imwrite(str(root / f"data/train/layers/{number}.png"), layer)
        cv2.imwrite(str(root / f"data/train/images/{number}.png"), layer[..., :3])
        image = builder.add_image(f"{number}.png", 64, 64, layer=f"{number}.png")
        builder.add_annotation(image, 2, KEYPOINTS, (8, 29, 48, 6))
    builder.write(root / "data/train/coco_keypoints.json")
    cv2.imwrite(str(root / "photographs/a.jpg"), np.full((48, 80, 3), 30, np.uint8))
    words = ["--data", root / "data", "--backgrounds", root / "photographs", "--num", "12"]
    words += ["--empty", root / "photographs", "--size", "160", "96", "--light", "0"]
    assert run_tool(compose_frames, *words, "--out", root / "out") == 0
    return root


def test_labels_lie_on_what_the_pictures_show(composed):
    file = composed / "out/train/coco_keypoints.json"
    content = load_coco(file)
    assert len(content["images"]) == 13
    clear = [row for row in content["annotations"] if not row["iscrowd"]]
    assert len(clear) >= 5
    images = {
        i["id"]: cv2.imread(str(file.parent / "images" / i["file_name"])).min(axis=2)
        for i in content["images"]
    }
    bright = []
    for row in clear:
        points = np.reshape(row["keypoints"], (-1, 3))
        x, y, v = points[points[:, 2] == 2].T.astype(int)
        bright += list(images[row["image_id"]][y, x] > 90)
    assert np.mean(bright) > 0.8


def test_a_photograph_without_instruments_is_added_as_it_is(composed):
    content = load_coco(composed / "out/train/coco_keypoints.json")
    last = content["images"][-1]
    assert (last["file_name"], last["width"], last["height"]) == ("empty_000000.jpg", 80, 48)
    assert all(row["image_id"] != last["id"] for row in content["annotations"])
    stored = (composed / "out/train/images/empty_000000.jpg").read_bytes()
    assert stored == (composed / "photographs/a.jpg").read_bytes()


def test_frames_are_not_written_over(run_tool, composed, capsys):
    words = ["--data", composed / "data", "--num", "1", "--out", composed / "out"]
    assert run_tool(compose_frames, *words) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_pose_config_trains_on_composed_frames_and_their_false_boxes(composed, tmp_path):
    from mmengine.registry import DATASETS, init_default_scope

    empty = load_coco(composed / "out/train/coco_keypoints.json")["images"][-1]["id"]
    boxes = tmp_path / "false.json"
    boxes.write_text(json.dumps([{"image_id": empty, "category_id": 2, "bbox": [5, 5, 60, 30]}]))
    config = load_config(
        ROOT / "configs/pose/rtmpose-s_60e_instruments-384x384.py", data_root=composed / "out"
    )
    init_default_scope("mmpose")
    dataset = config.train_dataloader.dataset
    dataset.negatives = {"boxes_file": str(boxes), "background_share": 0}
    samples = DATASETS.build(dataset)
    last = samples.get_data_info(len(samples) - 1)
    assert last["bbox"].tolist() == [[5, 5, 65, 35]]
    assert not last["keypoints_visible"].any()
    packed = samples[len(samples) - 1]
    assert packed["inputs"].shape == (3, 384, 384)
    ignored = sum(row["iscrowd"] for row in load_coco(samples.ann_file)["annotations"])
    assert len(samples) <= len(load_coco(samples.ann_file)["annotations"]) - ignored + 1


def test_as_many_layers_are_laid_as_asked(run_tool, composed, tmp_path):
    words = ["--data", composed / "data", "--num", "4", "--size", "160", "96", "--counts"]
    for count in (0, 6):
        asked = [0] * count + [1]
        out = tmp_path / f"of_{count}"
        assert run_tool(compose_frames, *words, *asked, "--out", out) == 0
        found = len(load_coco(out / "train/coco_keypoints.json")["annotations"])
        assert found == 0 if count == 0 else found > 12


@pytest.mark.parametrize("counts", [("0", "0"), ("1", "-1"), ("nan", "1")])
def test_counts_that_say_nothing_are_refused(run_tool, composed, tmp_path, capsys, counts):
    words = ["--data", composed / "data", "--num", "1", "--out", tmp_path / "out"]
    assert run_tool(compose_frames, *words, "--counts", *counts) == 2
    assert "--counts" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--extent", 0.9, 0.1),
        ("--extent", 0, 0.5),
        ("--extent", "nan", 0.5),
        ("--light", 7),
        ("--light", "nan"),
        ("--emptied", -0.1),
        ("--emptied", 3),
    ],
)
def test_lengths_and_shares_that_cannot_be_are_refused(
    run_tool, composed, tmp_path, capsys, words
):
    given = ["--data", composed / "data", "--num", "1", "--out", tmp_path / "out"]
    assert run_tool(compose_frames, *given, *words) == 2
    error = capsys.readouterr().err
    assert error.startswith(words[0]) and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_data_without_layers_are_refused_and_nothing_is_written(
    run_tool, composed, tmp_path, capsys
):
    words = ["--data", composed / "out", "--num", "1", "--out", tmp_path / "out"]
    assert run_tool(compose_frames, *words) == 2
    assert "no image names a `layer`" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_taxonomy_goes_along(run_tool, composed, tmp_path):
    file = composed / "data/taxonomy.yaml"
    write_taxonomy(SURGICAL, file)
    words = ["--data", composed / "data", "--empty", composed / "photographs", "--num", 0]
    try:
        assert run_tool(compose_frames, *words, "--out", tmp_path / "out") == 0
    finally:
        file.unlink()
    assert (tmp_path / "out/taxonomy.yaml").is_file()
    assert (tmp_path / "out/train/images/empty_000000.jpg").is_file()
