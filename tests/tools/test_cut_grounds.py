"""Grounds show no instrument, and are as large as boxes leave room for."""

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from tools import cut_grounds


def test_the_largest_square_beside_the_box():
    assert cut_grounds.emptiest_square((100, 160), [], 8) == (0, 0, 100)
    assert cut_grounds.emptiest_square((100, 160), [[10, 0, 50, 100]], 5) == (65, 0, 95)
    assert cut_grounds.emptiest_square((100, 160), [[-5, -5, 170, 110]], 0)[2] == 0
    two = [[0, 0, 160, 20], [100, 0, 60, 100]]
    assert cut_grounds.emptiest_square((100, 160), two, 0) == (0, 20, 80)


def test_no_larger_square_is_empty():
    rng = np.random.default_rng(0)
    for _ in range(30):
        boxes = [[*rng.uniform(0, 30, 2), *rng.uniform(2, 15, 2)] for _ in range(3)]
        x, y, side = cut_grounds.emptiest_square((36, 44), boxes, 1)
        full = np.zeros((36, 44), bool)
        for left, top, width, height in boxes:
            rows = (np.arange(36) + 1 > top - 1) & (np.arange(36) < top + height + 1)
            columns = (np.arange(44) + 1 > left - 1) & (np.arange(44) < left + width + 1)
            full |= rows[:, None] & columns
        sides = {
            s
            for s in range(1, 37)
            for r in range(36 - s + 1)
            for c in range(44 - s + 1)
            if not full[r : r + s, c : c + s].any()
        }
        assert abs(side - max(sides)) <= 1
        assert not full[y + 1 : y + side - 1, x + 1 : x + side - 1].any()


@pytest.fixture
def photographs(tmp_path):
    """A dark instrument beside much bright ground, one without ground, and one without label."""
    builder = CocoBuilder()
    folder = tmp_path / "data/train/images"
    folder.mkdir(parents=True)
    for number, width in enumerate((60, 200)):
        picture = np.full((150, 240, 3), 200, np.uint8)
        cv2.rectangle(picture, (10, 20), (10 + width - 1, 129), (10,) * 3, -1)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
        image = builder.add_image(f"{number}.png", 240, 150)
        points = np.array([[12, 50, 2], [40, 45, 2], [60, 45, 2], [40, 55, 2], [60, 55, 2]])
        builder.add_annotation(image, 1, points, (10, 20, width, 110))
    cv2.imwrite(str(folder / "missed.png"), np.zeros((150, 240, 3), np.uint8))
    builder.add_image("missed.png", 240, 150)
    builder.write(tmp_path / "data/train/coco_keypoints.json")
    return tmp_path


def test_full_and_unlabelled_photographs_give_no_ground(run_tool, photographs, capsys):
    words = ["--data", photographs / "data", "--out", photographs / "out"]
    assert run_tool(cut_grounds, *words) == 0
    assert "1 grounds of 2 labelled photographs" in capsys.readouterr().out
    (file,) = (photographs / "out").iterdir()
    ground = cv2.imread(str(file))
    assert ground.shape == (150, 150, 3)
    assert ground.min() > 180


def test_pictures_that_are_there_stay(run_tool, photographs, capsys):
    words = ["--data", photographs / "data", "--out", photographs / "out"]
    assert run_tool(cut_grounds, *words) == 0
    assert run_tool(cut_grounds, *words) == 2
    assert "is not empty; choose another --out" in capsys.readouterr().err
    assert run_tool(cut_grounds, *words[:3], photographs / "new", "--smallest", 0) == 2
    assert "--smallest counts from 1" in capsys.readouterr().err
