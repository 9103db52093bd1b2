"""Labels of tiled photographs lie where the tiles show their instruments."""

import json
import re

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder, load_coco
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import write_taxonomy
from tools import tile_photographs


@pytest.fixture
def photographs(tmp_path):
    """Bright tweezers and a dark needle holder, each alone on grey, with soft labels."""
    builder = CocoBuilder()
    folder = tmp_path / "data/train/images"
    folder.mkdir(parents=True)
    for number, (category, gray) in enumerate(((1, 0), (2, 250))):
        picture = np.full((100, 120, 3), 120, np.uint8)
        cv2.rectangle(picture, (20, 40), (99, 59), (gray,) * 3, -1)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
        image = builder.add_image(f"{number}.png", 120, 100)
        points = np.array([[22, 50, 2], [60, 45, 2], [96, 45, 2], [60, 55, 1], [96, 55, 0]])
        weights = {"keypoint_weights": [1.0, 0.5, 0.9, 0.2, 0.0]}
        builder.add_annotation(image, category, points, (20, 40, 80, 20), **weights)
    builder.write(tmp_path / "data/train/coco_keypoints.json")
    return tmp_path


def test_keypoints_lie_on_their_instruments(run_tool, photographs):
    words = ["--data", photographs / "data", "--num", 20, "--out", photographs / "out"]
    assert run_tool(tile_photographs, *words, "--prefer", "tweezers") == 0
    file = photographs / "out/train/coco_keypoints.json"
    content = load_coco(file)
    assert len(content["images"]) == 20
    assert 40 <= len(content["annotations"]) <= 80
    names = {row["id"]: row["file_name"] for row in content["images"]}
    told, uncut = [], 0
    for row in content["annotations"]:
        gray = cv2.imread(str(file.parent / "images" / names[row["image_id"]]))[..., 0]
        points = np.reshape(row["keypoints"], (-1, 3))
        x, y = points[points[:, 2] > 0, :2].astype(int).T
        told += list(gray[y, x] < 60 if row["category_id"] == 1 else gray[y, x] > 180)
        left, top, width, height = row["bbox"]
        assert left >= 0 and top >= 0 and left + width <= 448 and top + height <= 448
        if width / height == pytest.approx(4, rel=0.02):
            uncut += 1
            assert row["keypoint_weights"] == [1.0, 0.5, 0.9, 0.2, 0.0]
        else:
            assert row["keypoint_weights"].count(0.0) >= 1
    assert np.mean(told) == 1
    assert uncut > 20
    tweezers = [row["category_id"] == 2 for row in content["annotations"]]
    assert np.mean(tweezers) > 0.65, "seven of ten, and a half of the others"


def test_a_large_photograph_shrinks_to_its_means():
    stripes = np.zeros((900, 1000, 3), np.uint8)
    stripes[:, ::8] = 240
    matrix = np.array([[0.1, 0, 0], [0, 0.1, 0]])
    tile = tile_photographs.draw_tile(stripes, matrix, (100, 90))
    assert tile.mean() == pytest.approx(30, abs=1) and tile.std() < 15


@pytest.mark.parametrize("scale", [0.13, 0.5, 0.8, 1.2])
def test_a_tile_shows_a_place_where_its_labels_are(scale):
    picture = np.zeros((310, 403, 3), np.uint8)
    cv2.rectangle(picture, (140, 90), (180, 130), (255,) * 3, -1)  # its middle is 160, 110
    matrix = np.array([[scale, 0, 7.3], [0, scale, -4.6]])
    tile = tile_photographs.draw_tile(picture, matrix, (300, 200))[..., 0].astype(float)
    y, x = np.indices(tile.shape)
    middle = [(axis * tile).sum() / tile.sum() for axis in (x, y)]
    assert middle == pytest.approx(scale * np.array([160, 110]) + [7.3, -4.6], abs=0.1)


def test_bad_wishes_are_one_line(run_tool, photographs, capsys):
    words = ["--data", photographs / "data", "--num", 1]
    assert run_tool(tile_photographs, *words, "--prefer", "saw", "--out", photographs / "a") == 2
    assert "saw" in capsys.readouterr().err
    assert run_tool(tile_photographs, *words, "--size", 8, "--out", photographs / "a") == 2
    assert "--size" in capsys.readouterr().err
    assert run_tool(tile_photographs, *words, "--out", photographs / "data") == 2
    assert "is there already" in capsys.readouterr().err


def own_labels(photographs, **changes):
    file = photographs / "data/train/coco_keypoints.json"
    content = json.loads(file.read_text())
    for row in content["annotations"] + content["images"]:
        row.update((key, value) for key, value in changes.items() if key in row)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keypoint_weights": [0.5]}, "annotation 1: keypoint_weights: 5 numbers below 1e9 are"),
        ({"keypoint_weights": "x"}, "annotation 1: keypoint_weights: 5 numbers below 1e9 are"),
        ({"file_name": "../../../0.png"}, "'../../../0.png' leads out of"),
    ],
)
def test_labels_of_strangers_are_one_line(run_tool, photographs, capsys, changes, message):
    own_labels(photographs, **changes)
    words = ["--data", photographs / "data", "--num", 4, "--out", photographs / "out"]
    assert run_tool(tile_photographs, *words) == 2
    told = capsys.readouterr().err
    assert re.search(message.replace("1:", "[12]:"), told) and told.count("\n") == 1


def test_annotations_of_a_box_only_category_need_no_keypoints(run_tool, photographs):
    file = photographs / "data/train/coco_keypoints.json"
    content = json.loads(file.read_text())
    content["categories"] = [{"id": id, "name": name} for id, name in ((1, "swab"), (2, "tube"))]
    for row in content["annotations"]:
        for key in ("keypoints", "num_keypoints", "keypoint_weights"):
            del row[key]
    file.write_text(json.dumps(content))
    words = ["--data", photographs / "data", "--num", 2, "--out", photographs / "out"]
    assert run_tool(tile_photographs, *words) == 0
    tiled = json.loads((photographs / "out/train/coco_keypoints.json").read_text())
    assert tiled["annotations"] and all(row["bbox"][2] > 3 for row in tiled["annotations"])


def test_the_taxonomy_goes_along(run_tool, photographs):
    write_taxonomy(SURGICAL, photographs / "data/taxonomy.yaml")
    words = ["--data", photographs / "data", "--num", 1, "--out", photographs / "out"]
    assert run_tool(tile_photographs, *words) == 0
    assert (photographs / "out/taxonomy.yaml").is_file()
