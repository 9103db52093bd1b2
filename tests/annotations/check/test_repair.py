"""Safe problems are mended, others are left as they were, and the input is not changed."""

import copy

import pytest

from surgtools.annotations.check import KINDS, find_problems, repair


def mend(content: dict) -> tuple[dict, dict]:
    before = copy.deepcopy(content)
    mended, counts = repair(content, find_problems(content, "a.json"))
    assert content == before
    return mended, counts


def put(content: dict, row: int, own: int, values: list) -> None:
    content["annotations"][row]["keypoints"][3 * own : 3 * own + 3] = values


def shuffle_order(content: dict) -> None:
    category = content["categories"][0]
    category["keypoints"] = category["keypoints"][::-1]
    for a in content["annotations"]:
        if a["category_id"] == 1:
            rows = [a["keypoints"][i : i + 3] for i in range(0, 15, 3)][::-1]
            a["keypoints"] = [value for row in rows for value in row]


def renumber(content: dict) -> None:
    for row in content["categories"]:
        row["id"] = 3 - row["id"]
    for a in content["annotations"]:
        a["category_id"] = 3 - a["category_id"]


RESTORED = {
    "num-keypoints": lambda c: c["annotations"][0].update(num_keypoints=1),
    "box-area": lambda c: c["annotations"][0].update(area=1),
    "side-rule": lambda c: (put(c, 0, 1, [60, 90, 2]), put(c, 0, 3, [40, 90, 2])),
    "category-order": shuffle_order,
    "category-id": renumber,
    "category-skeleton": lambda c: c["categories"][0].update(skeleton=[[0, 1]]),
    "annotation-duplicate": lambda c: c["annotations"].append({**c["annotations"][0], "id": 70}),
    "keypoint-unlabelled-place": lambda c: put(c, 1, 4, [120, 20, 0]),
}


@pytest.mark.parametrize("code", RESTORED)
def test_mending_brings_the_sound_content_back(content, code):
    sound = copy.deepcopy(content)
    RESTORED[code](content)
    mended, counts = mend(content)
    assert counts[code] >= 1
    assert mended["annotations"] == sound["annotations"]
    assert mended["categories"] == sound["categories"]


def test_several_faults_of_one_annotation_are_mended_together(content):
    put(content, 0, 0, [50, 150, 2])
    content["annotations"][0]["bbox"] = [38, 18, 24, 90]
    content["annotations"][4]["id"] = 1
    mended, _ = mend(content)
    assert find_problems(mended, "a.json") == []
    first = mended["annotations"][0]
    assert first["keypoints"][:3] == [0, 0, 0] and first["num_keypoints"] == 4
    assert first["bbox"] == [38, 18, 24, 82] and first["area"] == 24 * 82
    assert mended["annotations"][4]["id"] == 13


def test_what_has_no_safe_answer_is_left(content):
    content["annotations"][0]["image_id"] = 99
    content["annotations"][1]["keypoints"].pop()
    content["categories"].append({"id": 1000, "name": "clamp", "keypoints": ["tip"]})
    content["annotations"].append("broken")
    mended, counts = mend(content)
    assert mended["annotations"][:2] == content["annotations"][:2]
    assert mended["categories"][2]["name"] == "clamp"
    assert not counts


def test_only_what_is_announced_as_fixable_is_mended():
    fixable = {code for code, kind in KINDS.items() if kind.fixable}
    assert fixable == {
        *RESTORED,
        "keypoint-outside-image",
        "box-outside",
        "annotation-id-duplicate",
    }
