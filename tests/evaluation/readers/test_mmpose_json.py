"""MMPose's files of one picture, alone and in a folder."""

import json

import pytest

from surgtools.errors import InputError
from surgtools.evaluation.readers import read_results
from surgtools.evaluation.readers.mmpose_json import read_mmpose_json

INSTANCE = {
    "keypoints": [[1, 2]] * 5,
    "keypoint_scores": [0.5] * 5,
    "bbox": [[10, 20, 50, 40]],  # MMPose writes a box within a list
    "bbox_score": 0.8,
}
ROW = {
    "image_id": 4,
    "category_id": 2,
    "bbox": [10, 20, 40, 20],
    "score": pytest.approx(0.4),
    "bbox_score": 0.8,
    "keypoints": [1, 2, 0.5] * 5,
}


def truth(*category_ids):
    return {
        "images": [
            {"id": 4, "file_name": "part/0.jpg", "width": 200, "height": 100},
            {"id": 5, "file_name": "part/b.1.png", "width": 200, "height": 100},
        ],
        "annotations": [{"image_id": 4, "category_id": number} for number in category_ids],
    }


BOTH = truth(1, 2)


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("name", ["0.json", "results_0.json"])
@pytest.mark.parametrize("wrap", [list, lambda rows: {"meta_info": {}, "instance_info": rows}])
def test_a_file_of_one_picture_is_matched_by_its_stem(tmp_path, name, wrap):
    path = write(tmp_path / name, wrap([INSTANCE | {"category_id": 2}]))
    assert read_results(path, "mmpose", BOTH) == ([ROW], [])


def test_a_folder_has_one_file_for_each_picture(tmp_path):
    folder = tmp_path / "predictions"
    write(folder / "0.json", [INSTANCE | {"category_id": 2}] * 2)
    write(folder / "b.1.json", {"instance_info": [INSTANCE | {"category_id": 1}]})
    rows, notes = read_results(folder, "mmpose", BOTH)
    assert rows == [ROW, ROW, ROW | {"image_id": 5, "category_id": 1}] and notes == []
    write(folder / "stranger.json", [])
    rows, notes = read_mmpose_json(folder, BOTH)
    assert len(rows) == 3 and len(notes) == 1 and "stranger.json" in notes[0]


def test_pictures_without_instances_give_no_rows(tmp_path):
    assert read_mmpose_json(write(tmp_path / "0.json", []), BOTH) == ([], [])
    write(tmp_path / "b.1.json", {"instance_info": []})
    assert read_mmpose_json(tmp_path, BOTH) == ([], [])


def test_without_a_category_the_only_one_is_taken_and_said(tmp_path):
    path = write(tmp_path / "0.json", [INSTANCE])
    rows, notes = read_mmpose_json(path, truth(2, 2))
    assert rows == [ROW]
    assert len(notes) == 1 and "1 instances say no category and count as tweezers" in notes[0]


def test_union_order_without_a_category_is_understood(tmp_path):
    union = {"keypoints": [[0, 0]] * 5 + [[1, 2]] * 5, "keypoint_scores": [0] * 5 + [0.5] * 5}
    path = write(tmp_path / "0.json", [INSTANCE | union])
    assert read_mmpose_json(path, truth(2))[0] == [ROW]


@pytest.mark.parametrize(
    ("ground_truth", "holds"), [(BOTH, "needle_holder, tweezers"), (truth(), "no instance")]
)
def test_a_missing_category_is_refused_where_it_is_not_known(tmp_path, ground_truth, holds):
    path = write(tmp_path / "0.json", {"instance_info": [INSTANCE]})
    with pytest.raises(
        InputError, match=f"instance 0 has no category_id.* holds {holds};"
    ) as error:
        read_mmpose_json(path, ground_truth)
    assert "write category_id into every instance" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"frame_id": 0, "instances": []}], "no list of one picture's instances"),
        ([7], "0.json: instance 0: an instance lacks bbox, "),
        ([{"category_id": 2, "keypoints": []}], "lacks bbox, bbox_score, keypoint_scores; "),
        ({"instances": []}, "has no list `instance_info`"),
    ],
)
def test_another_form_is_named(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_mmpose_json(write(tmp_path / "0.json", content), BOTH)


def test_a_folder_without_files_of_its_pictures_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no .json file"):
        read_mmpose_json(tmp_path, BOTH)
    write(tmp_path / "other.json", [])
    with pytest.raises(InputError, match="none of its 1 pictures"):
        read_mmpose_json(tmp_path, BOTH)
    write(tmp_path / "predictions.json", {"instance_info": [{"image": "0.jpg", "instances": []}]})
    with pytest.raises(
        InputError, match="predictions.json of `surgtools predict` by its own name"
    ):
        read_mmpose_json(tmp_path, BOTH)
