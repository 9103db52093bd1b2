"""The whole check: sound data is clean, every seeded fault is found where it was put."""

import json
from pathlib import Path

import pytest

from surgtools.annotations.check import check_files, find_problems

REAL = Path(__file__).parents[4] / "shared/real/tabletop/val/coco_keypoints.json"


def codes(content: dict) -> list[str]:
    return [p.code for p in find_problems(content, "a.json")]


def points(content: dict, row: int, own: int, values: list) -> None:
    content["annotations"][row]["keypoints"][3 * own : 3 * own + 3] = values


FAULTS = {
    "annotation-dangling": lambda c: c["annotations"][3].update(image_id=99),
    "annotation-id-duplicate": lambda c: c["annotations"][3].update(id=1),
    "annotation-duplicate": lambda c: c["annotations"].append({**c["annotations"][0], "id": 70}),
    "image-id-duplicate": lambda c: c["images"].append({**c["images"][0], "file_name": "n.jpg"}),
    "image-name-duplicate": lambda c: c["images"].append({**c["images"][0], "id": 70}),
    "image-name-absolute": lambda c: c["images"][0].update(file_name="/data/a.jpg"),
    "image-unlabelled": lambda c: c["images"].append(
        {"id": 70, "file_name": "n.jpg", "width": 5, "height": 5}
    ),
    "category-empty": lambda c: c.update(annotations=c["annotations"][::2]),
    "keypoint-visibility": lambda c: points(c, 0, 0, [50, 60, 5]),
    "keypoint-unlabelled-place": lambda c: points(c, 1, 4, [120, 20, 0]),
    "keypoint-outside-image": lambda c: points(c, 0, 0, [50, 105, 2]),
    "keypoint-outside-box": lambda c: points(c, 0, 0, [70, 60, 2]),
    "num-keypoints": lambda c: c["annotations"][0].update(num_keypoints=17),
    "side-rule": lambda c: (points(c, 0, 1, [60, 90, 2]), points(c, 0, 3, [40, 90, 2])),
    "box-broken": lambda c: c["annotations"][0].update(bbox=[38, 18, 0, 76], area=0),
    "box-outside": lambda c: c["annotations"][0].update(bbox=[38, 18, 24, 86], area=2064),
    "box-absent": lambda c: c["annotations"][0].update(bbox=[300, 18, 24, 76], area=1824),
    "box-area": lambda c: c["annotations"][0].update(area=5),
    "keypoint-count": lambda c: c["annotations"][0].update(keypoints=[0] * 12),
    "annotation-category": lambda c: c["annotations"][0].update(category_id="5"),
    "category-unlisted": lambda c: c["annotations"][0].update(category_id=5),
}


@pytest.mark.parametrize("code", FAULTS)
def test_seeded_fault_is_found(content, code):
    assert codes(content) == []
    FAULTS[code](content)
    assert code in codes(content)


def test_faults_name_file_annotation_and_picture(content):
    FAULTS["side-rule"](content)
    (problem,) = find_problems(content, "train.json")
    assert (problem.annotation_id, problem.image_id, problem.row) == (1, 1, 0)
    assert str(problem).startswith("train.json: annotation 1, image 1 clip0/frame_0000.jpg: left")


def test_sides_the_annotator_could_not_tell_are_not_judged(content):
    FAULTS["side-rule"](content)
    content["annotations"][0]["certain_left_right"] = False
    assert codes(content) == []


def test_all_faults_are_found_at_once(content):
    for code in ("side-rule", "num-keypoints", "box-area", "annotation-dangling"):
        FAULTS[code](content)
    assert set(codes(content)) >= {"side-rule", "num-keypoints", "box-area", "annotation-dangling"}


def test_report_of_drawn_splits_is_clean_and_a_copied_picture_leaks(draw_dataset):
    folder = draw_dataset(train=3, val=3)
    files = [folder / part / "coco_keypoints.json" for part in ("train", "val")]
    report = check_files(files)
    assert report.exit_code == 0, report.problems
    assert report.files[str(files[0])] == {"images": 3, "annotations": 6}
    picture = folder / "train/images/00001.jpg"
    (folder / "val/images/00002.jpg").write_bytes(picture.read_bytes())
    report = check_files(files)
    assert [p.code for p in report.problems] == ["picture-leak"]
    assert report.exit_code == 1
    assert report.to_json()["counts"] == {"error": 1, "warning": 0, "note": 0}


def test_unreadable_file_does_not_hide_the_others(content, tmp_path):
    content["annotations"][0]["area"] = 1
    (tmp_path / "a.json").write_text(json.dumps(content))
    (tmp_path / "b.json").write_text('{"images": []}')
    report = check_files([tmp_path / "b.json", tmp_path / "a.json"], pictures=False)
    assert report.exit_code == 2
    assert "the list `annotations` is missing" in report.unreadable[0]
    assert [p.code for p in report.problems] == ["box-area"]


def test_order_of_tables_in_the_file_does_not_matter(content, tmp_path):
    content["annotations"][0]["area"] = 1
    path = tmp_path / "a.json"
    path.write_text(json.dumps(dict(reversed(content.items()))))
    assert check_files([path], pictures=False).problems == find_problems(content, str(path))


@pytest.mark.skipif(not REAL.exists(), reason="the real photographs are not beside the checkout")
def test_real_labels_are_clean_but_for_their_skeleton():
    report = check_files([REAL])
    assert report.exit_code == 0
    assert {p.code for p in report.problems} == {"category-skeleton"}


def test_one_name_for_two_pictures_says_what_to_do_in_either_case(content):
    FAULTS["image-name-duplicate"](content)
    (message,) = [p.message for p in find_problems(content, "a.json") if "names" in p.message]
    assert "`surgtools data merge` joins them if both are one picture, else write the" in message
