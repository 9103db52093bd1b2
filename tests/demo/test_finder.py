"""One file in, a drawing, a table and predictions.json out; what is too much is refused."""

import cv2
import numpy as np
import pytest

from surgtools import samples
from surgtools.demo import finder as module
from surgtools.demo.finder import COLUMNS, Finder, opening_of, rows_of
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.prediction.results import FrameResult, Instance

PICTURE = samples.pictures()[1]


def instance(category_id: int, keypoints: list) -> Instance:
    count = len(keypoints)
    box = np.array([0.0, 0, 10, 20])
    scores = np.full(count, 0.5)
    return Instance(category_id, box, 0.9, np.array(keypoints, float), scores, scores)


@pytest.fixture(scope="module")
def finder(tmp_path_factory) -> Finder:
    return Finder(tmp_path_factory.mktemp("found"), device="cpu")


def test_a_picture_gives_a_drawing_a_table_and_predictions(finder):
    found = finder(PICTURE, "fast-onnx", 0.3, 0.3)
    assert cv2.imread(str(found.drawing)).shape == cv2.imread(str(PICTURE)).shape
    (frame,) = read_json(found.predictions)["instance_info"]
    assert found.summary == "1 instrument in the picture" and not found.is_video
    assert len(found.rows) == len(frame["instances"][0]["keypoints"]) == 5
    assert {row[1] for row in found.rows} == {"tweezers"}
    assert all(len(row) == len(COLUMNS) for row in found.rows)


def test_a_clip_is_drawn_up_to_the_limit(finder, monkeypatch):
    monkeypatch.setattr(module, "MAX_FRAMES", 4)
    found = finder(samples.clip(), "fast-onnx", 0.3, 0.3)
    assert found.is_video and found.drawing.suffix == ".mp4"
    assert "in 4 frames, which is all that is looked at here" in found.summary
    assert len(read_json(found.predictions)["instance_info"]) == 4


def test_old_results_are_removed(finder, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    last = [finder(PICTURE, "fast-onnx", 0.3, 0.3).drawing for _ in range(3)][1:]
    assert all(path.is_file() for path in last) and len(list(finder.folder.iterdir())) == 2


def test_what_cannot_be_shown_is_one_line(finder, monkeypatch, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="a.jpg: "):
        finder(tmp_path / "a.jpg", "fast-onnx", 0.3, 0.3)
    monkeypatch.setattr(module, "MAX_BYTES", 2**20)
    (tmp_path / "b.jpg").write_bytes(bytes(2**20 + 1))
    with pytest.raises(InputError, match="b.jpg: larger than 1 MB; use `surgtools predict`"):
        finder(tmp_path / "b.jpg", "fast-onnx", 0.3, 0.3)


def test_the_opening_is_the_distance_of_the_tips_over_the_length():
    # handle_end, left_arm, left_tip, right_arm, right_tip: tips 6 apart, axis of length 12
    tweezers = instance(2, [[0, 0], [-2, 6], [-3, 12], [2, 6], [3, 12]])
    assert opening_of(tweezers) == 0.5
    assert opening_of(instance(2, [[0, 0]] * 5)) == ""


def test_an_instance_has_a_row_for_each_keypoint():
    points = [[0, 0], [-2, 6], [-3, 12], [2, 6], [3, 12]]
    result = FrameResult("a.jpg", "image", 20, 20, [instance(2, points)])
    rows = rows_of(result)
    assert [row[4] for row in rows] == list(result.instances[0].category.keypoints)
    assert rows[2] == [0, "tweezers", 0.9, 0.5, "left_tip", -3.0, 12.0, 0.5, 0.5]
    assert rows_of(result.changed(instances=[])) == []
