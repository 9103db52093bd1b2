"""One set of predictions on two folders of pictures."""

import json
from pathlib import Path

import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.pictures import Pictures
from surgtools.evaluation.readers.negatives import read_with_negatives

LINE = "0 0.5 0.5 0.2 0.4 " + "0.1 0.5 0.9 " * 5 + "0.75"
INSTANCE = {
    "category_id": 2,
    "bbox": [10, 20, 50, 40],
    "bbox_score": 0.8,
    "keypoints": [[1, 2]] * 5,
    "keypoint_scores": [0.5] * 5,
}


def pictures_of(folder, *names):
    builder = CocoBuilder()
    for name in names:
        builder.add_image(name, 200, 100)
    return Pictures(Path(folder) / "coco.json", Path(folder), builder.to_dict())


TRUTH = pictures_of("/data/val", "a.jpg", "b.jpg")
NEGATIVES = pictures_of("/data/empty", "b.jpg", "c.png")


def write_frames(path, instances):
    frames = [{"image": name, "instances": rows} for name, rows in instances.items()]
    path.write_text(json.dumps({"instance_info": frames}))
    return path


def test_text_files_are_told_apart_by_name(tmp_path):
    for name in ("a", "c"):
        (tmp_path / f"{name}.txt").write_text(LINE)
    rows, found, notes = read_with_negatives(tmp_path, "yolo", TRUTH, NEGATIVES)
    assert [row["image_id"] for row in rows] == [1]
    assert [row["image_id"] for row in found] == [2]
    assert notes == []


def test_a_name_in_both_needs_its_folder(tmp_path):
    (tmp_path / "b.txt").write_text(LINE)
    with pytest.raises(InputError, match="b.txt: 2 images"):
        read_with_negatives(tmp_path, "yolo", TRUTH, NEGATIVES)
    (tmp_path / "empty").mkdir()
    (tmp_path / "b.txt").rename(tmp_path / "empty/b.txt")
    rows, found, _ = read_with_negatives(tmp_path, "yolo", TRUTH, NEGATIVES)
    assert rows == [] and [row["image_id"] for row in found] == [1]


def test_no_text_on_negatives_is_noted(tmp_path):
    (tmp_path / "a.txt").write_text(LINE)
    _, found, notes = read_with_negatives(tmp_path, "yolo", TRUTH, NEGATIVES)
    assert found == [] and "finds nothing on the 2 negatives of /data/empty" in notes[0]


def test_frames_name_all_negatives(tmp_path):
    path = tmp_path / "p.json"
    write_frames(path, {"empty/b.jpg": [INSTANCE], "x/c.png": [], "a.jpg": [], "new.jpg": []})
    rows, found, notes = read_with_negatives(path, "mmpose", TRUTH, NEGATIVES)
    assert rows == [] and [row["image_id"] for row in found] == [1]
    assert notes == ["1 predicted pictures (new.jpg, ...) are not in the ground truth"]
    write_frames(path, {"empty/b.jpg": [INSTANCE], "a.jpg": []})
    with pytest.raises(InputError, match=r"1 of the 2 pictures of /data/empty .*c.png"):
        read_with_negatives(path, "mmpose", TRUTH, NEGATIVES)


def test_what_is_no_number_is_refused_on_negatives_too(tmp_path):
    (tmp_path / "c.txt").write_text(LINE.replace("0.75", "nan"))
    with pytest.raises(InputError, match="on /data/empty: result 0 has nan"):
        read_with_negatives(tmp_path, "yolo", TRUTH, NEGATIVES)
