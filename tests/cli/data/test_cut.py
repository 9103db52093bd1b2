"""``data cut`` end to end: cut, check, lay over other grounds."""

import json

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import FILE_NAME, read_taxonomy, write_taxonomy


@pytest.fixture
def table(tmp_path):
    """A data set of two photographs of closed tweezers on a plain table."""
    builder = CocoBuilder()
    (tmp_path / "table/train/images").mkdir(parents=True)
    for number in range(2):
        picture = np.full((140, 240, 3), 180, np.uint8)
        cv2.line(picture, (30, 30), (110, 90), (60, 60, 60), 8)
        cv2.imwrite(str(tmp_path / f"table/train/images/{number}.png"), picture)
        image = builder.add_image(f"{number}.png", 240, 140)
        points = [[30, 30, 2], [70, 60, 2], [110, 90, 2], [70, 60, 2], [110, 90, 2]]
        box = (26, 26, 88, 68) if number == 0 else (100, 20, 60, 60)
        builder.add_annotation(image, 2, np.array(points), box)
    builder.write(tmp_path / "table/train/coco_keypoints.json")
    return tmp_path / "table/train/coco_keypoints.json"


def test_cut_check_and_paste(data, table, tmp_path):
    out = tmp_path / "cut/train"
    code, text, _ = data("cut", table, "--out-dir", out)
    assert code == 0 and "1 layers, 1 instruments" in text
    assert "left out: 1.png: what differs from the ground" in text
    file = out / "coco_keypoints.json"
    assert "0 errors" in data("check", file)[1]  # one category alone is a warning
    code, text, _ = data(
        "paste", file, "--backgrounds", table.parent / "images", "--out", tmp_path / "p"
    )
    assert code == 0 and "100 images, 100 annotations" in text
    assert data("cut", table, "--out-dir", out)[0] == 0  # once more, over its own files


def test_an_own_taxonomy_goes_along(data, table, tmp_path):
    write_taxonomy(SURGICAL, tmp_path / "own.yaml")
    out = tmp_path / "cut"
    assert data("cut", table, "--out-dir", out, "--taxonomy", tmp_path / "own.yaml")[0] == 0
    assert read_taxonomy(out / FILE_NAME).categories == SURGICAL.categories


def test_what_cannot_be_cut_is_told_in_one_line(data, table, tmp_path):
    code, _, error = data("cut", table, "--out-dir", table.parent)
    assert code == 2 and "is there and is not what `data cut` wrote" in error
    content = json.loads(table.read_text())
    content["images"] = content["images"][1:]
    content["annotations"] = content["annotations"][1:]
    other = table.with_name("other.json")
    other.write_text(json.dumps(content))
    code, _, error = data("cut", other, "--out-dir", tmp_path / "none")
    assert code == 2 and "no photograph can be cut (1.png: what differs" in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "none/coco_keypoints.json").exists()
