"""predictions.json, frame by frame."""

import json

import pytest

from surgtools.errors import InputError
from surgtools.evaluation.readers.predictions_json import frames_to_rows
from surgtools.files import read_json

TRUTH = {"images": [{"id": 4, "file_name": "part/0.jpg", "width": 200, "height": 100}]}
INSTANCE = {
    "category_id": 2,
    "bbox": [10, 20, 50, 40],
    "bbox_score": 0.8,
    "keypoints": [[1, 2]] * 5,
    "keypoint_scores": [0.5] * 5,
    "keypoint_visible": [0.9] * 5,
}


def read(path):
    return frames_to_rows(read_json(path), TRUTH, str(path))


def write(path, *instances):
    frames = [{"image": "0.jpg", "instances": list(instances)}]
    path.write_text(json.dumps({"instance_info": frames}))
    return path


def test_an_instance_by_hand(tmp_path):
    rows, notes = read(write(tmp_path / "p.json", INSTANCE))
    assert notes == []
    assert rows == [
        {
            "image_id": 4,
            "category_id": 2,
            "bbox": [10, 20, 40, 20],
            "score": pytest.approx(0.4),
            "bbox_score": 0.8,
            "keypoints": [1, 2, 0.5] * 5,
            "keypoint_visible": [0.9] * 5,
        }
    ]


def test_empty_frames_give_no_rows(tmp_path):
    assert read(write(tmp_path / "p.json")) == ([], [])


def test_a_wrong_keypoint_count_is_named(tmp_path):
    path = write(tmp_path / "p.json", INSTANCE | {"keypoints": [[1, 2]] * 4})
    with pytest.raises(InputError, match="4 keypoints and 5 scores, tweezers defines 5"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "no list `instance_info`"),
        ('{"instance_info": [{"image": "0.jpg"}]}', "no list `instances`"),
        ('{"instance_info": [{"instances": []}]}', "neither image nor video"),
        (
            '{"instance_info": [{"image": "part/0.jpg", "instances": [{"bbox": [0, 0, 1, 1]}]}]}',
            "lacks bbox_score, category_id",
        ),
    ],
)
def test_bad_predictions_are_named(tmp_path, content, message):
    path = tmp_path / "p.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keypoints": 5.0}, "keypoints are 1 numbers"),
        ({"keypoints": "x"}, "keypoints 'x'; finite numbers"),
        ({"bbox": [1, 2, 3]}, "x1, y1, x2, y2"),
        ({"bbox_score": None}, "bbox_score None; finite"),
        ({"bbox_score": [0.5, 0.5]}, "and a score is expected"),
        ({"keypoint_visible": [0.5]}, "1 keypoint_visible for 5 keypoint_scores"),
    ],
)
def test_a_field_of_another_form_is_named(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read(write(tmp_path / "p.json", INSTANCE | change))


def test_a_frame_is_counted_in_whole_numbers(tmp_path):
    path = tmp_path / "p.json"
    path.write_text('{"instance_info": [{"video": "a.mp4", "frame_id": "x", "instances": []}]}')
    with pytest.raises(InputError, match="frame_id 'x'; a whole number"):
        read(path)
