"""One folder of YOLO-pose text, line by line."""

import pytest

from surgtools.errors import InputError
from surgtools.evaluation.readers.yolo_text import read_yolo_text

TRUTH = {"images": [{"id": 4, "file_name": "0.jpg", "width": 200, "height": 100}]}
BOX = "0.5 0.5 0.2 0.4"


def test_a_line_by_hand(tmp_path):
    points = " ".join(f"0.{n} 0.5 0.9" for n in range(1, 6))
    (tmp_path / "0.txt").write_text(f"1 {BOX} {points} 0.75\n\n")
    rows, notes = read_yolo_text(tmp_path, TRUTH)
    assert notes == [] and len(rows) == 1
    assert rows[0]["image_id"] == 4 and rows[0]["category_id"] == 2 and rows[0]["score"] == 0.75
    assert rows[0]["bbox"] == pytest.approx([80, 30, 40, 40])
    assert rows[0]["keypoints"][:6] == pytest.approx([20, 50, 0.9, 40, 50, 0.9])


def test_keypoints_without_a_score_count_as_certain(tmp_path):
    points = "0.1 0.5 " * 5
    (tmp_path / "0.txt").write_text(f"0 {BOX} {points} 0.75")
    assert read_yolo_text(tmp_path, TRUTH)[0][0]["keypoints"][2::3] == [1.0] * 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.1", "has 4 numbers; needle_holder needs 21"),
        ("7 " + "0.5 " * 20, "has class 7"),
        ("0 " + "0.5 " * 19, "save_conf=True"),
        ("zero 0.5", "no number"),
    ],
)
def test_bad_yolo_lines_are_named(tmp_path, line, message):
    (tmp_path / "0.txt").write_text(line)
    with pytest.raises(InputError, match=message) as error:
        read_yolo_text(tmp_path, TRUTH)
    assert "0.txt: line 1" in str(error.value)


def test_file_that_is_no_utf8_is_named(tmp_path):
    (tmp_path / "a.txt").write_bytes("größe\n".encode("latin-1"))
    truth = {"images": [{"id": 1, "file_name": "a.jpg", "width": 8, "height": 8}]}
    with pytest.raises(InputError, match="a.txt: cannot be read as UTF-8"):
        read_yolo_text(tmp_path, truth)
