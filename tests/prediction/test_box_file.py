"""Boxes of a file go to the pictures and frames that it names, also after a move."""

import json

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.box_file import load_boxes
from surgtools.prediction.sources import Frame, Source


def write(tmp_path, instances, **entry):
    entry = entry or {"image": "/data/a.jpg"}
    return write_all(tmp_path, entry | {"instances": instances})


def write_all(tmp_path, *entries):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"instance_info": list(entries)}))
    return path


def of(name, left, **more):
    box = {"bbox": [left, 2, 90, 9], "category_id": 2, "bbox_score": 0.5}
    return {"image": name, "instances": [box], **more}


def given(path, *names) -> tuple[dict[str, list[float]], dict[str, str]]:
    """The left sides of the boxes of each picture, and what is reported, both by name."""
    boxes, problems = load_boxes(path), []
    sources = [Source(name, "image", name) for name in names]
    boxes.require_one_each(sources)
    image = np.zeros((9, 9, 3), np.uint8)
    frames = [Frame(s, image) for s in boxes.keep_named(sources, problems.append)]
    frames = list(boxes.keep_listed(frames, problems.append))
    ((_, found),) = boxes.give([frames])
    rows = zip(frames, found, strict=True)
    lefts = {frame.source.name: own.xyxy[:, 0].tolist() for frame, own in rows}
    return lefts, {problem.source: problem.message for problem in problems}


def test_boxes_are_found_by_name_also_after_a_move(tmp_path):
    path = write_all(tmp_path, of("/data/a.jpg", 1), of("/data/b.jpg", 2, instances=[]))
    assert given(path, "/b/a.jpg", "/b/b.jpg") == ({"/b/a.jpg": [1], "/b/b.jpg": []}, {})
    ((_, (found,)),) = load_boxes(path).give([[Frame(Source("a.jpg", "image", "a"), None)]])
    assert found.category_ids.tolist() == [2]
    assert found.scores.tolist() == [0.5]


def test_pictures_of_one_name_keep_their_own_boxes(tmp_path):
    path = write_all(tmp_path, of("d1/i.jpg", 1), of("d2/i.jpg", 2))
    found, problems = given(path, "moved/d1/i.jpg", "moved/d2/i.jpg")
    assert found == {"moved/d1/i.jpg": [1], "moved/d2/i.jpg": [2]} and not problems


def test_a_picture_without_an_entry_is_left_out_and_told(tmp_path):
    path = write_all(tmp_path, of("d1/i.jpg", 1), of("d2/i.jpg", 2))
    found, problems = given(path, "d1/i.jpg", "i.jpg", "other.jpg")
    assert found == {"d1/i.jpg": [1]}
    assert problems == {
        "i.jpg": f"may be d1/i.jpg or d2/i.jpg of {path}; name more of its folders",
        "other.jpg": f"is not in {path}; find its boxes with --save-boxes first",
    }


def test_two_pictures_do_not_share_one_entry(tmp_path):
    path = write_all(tmp_path, of("/data/a.jpg", 1))
    with pytest.raises(InputError, match="/data/a.jpg may mean /data/a.jpg or /b/a.jpg; write"):
        given(path, "/data/a.jpg", "/b/a.jpg")
    assert given(path, "/b/a.jpg", "/b/a.jpg")[0] == {"/b/a.jpg": [1]}


def test_frames_without_an_entry_are_left_out_and_counted(tmp_path):
    rows = [{"video": "v.mp4", "frame_id": i, "instances": []} for i in (0, 2)]
    boxes, problems = load_boxes(write_all(tmp_path, *rows)), []
    clip = [Frame(Source("/a/v.mp4", "video", "v"), None, i) for i in range(5)]
    kept = list(boxes.keep_listed(clip, problems.append))
    assert [frame.frame_id for frame in kept] == [0, 2]
    (problem,) = problems
    assert (problem.source, problem.bad_frames) == ("/a/v.mp4", 3)
    assert problem.message.startswith("3 frames are not in ") and "--stride" in problem.message


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        ({"bbox": [1, 2, 3], "category_id": 1}, r"entry 0: bbox \[1, 2, 3\]"),
        ({"bbox": [5, 2, 3, 9], "category_id": 1}, "x2 > x1"),
        ({"bbox": [1, 2, 3, 4], "category_id": 9}, "category 9 is unknown"),
        ({"bbox": [1, 2, float("inf"), 4], "category_id": 1}, r"entry 0: bbox \[1, 2, inf, 4\]"),
        ({"bbox": [1, 2, 3, 4], "category_id": 1, "bbox_score": "x"}, "bbox_score 'x'; a number"),
        ({"bbox": [1, 2, 3, 4], "category_id": 1, "bbox_score": None}, "bbox_score None; a numb"),
    ],
)
def test_a_box_that_is_none_is_named(tmp_path, instance, message):
    with pytest.raises(InputError, match=message):
        load_boxes(write(tmp_path, [instance]))


@pytest.mark.parametrize("frame_id", [[1], "1", 1.5])
def test_a_frame_id_that_is_none_is_named(tmp_path, frame_id):
    path = write(tmp_path, [], video="v.mp4", frame_id=frame_id)
    with pytest.raises(InputError, match="entry 0: frame_id .* a whole number is expected"):
        load_boxes(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "b.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="`instance_info` is missing"):
        load_boxes(path)
    with pytest.raises(InputError, match="names neither image nor video"):
        load_boxes(write(tmp_path, [], frame_id=3))
