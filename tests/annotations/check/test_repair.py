"""Safe problems are mended, others are left as they were, and the input is not changed."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surgtools.annotations.check import KINDS, find_problems
from surgtools.annotations.check.repair import repair


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


def test_faults_in_pictures_whose_ids_are_text_are_mended(content):
    for image in content["images"]:
        image["id"] = f"picture {image['id']}"
    for annotation in content["annotations"]:
        annotation["image_id"] = f"picture {annotation['image_id']}"
    put(content, 0, 0, [-9, 40, 2])
    content["annotations"][1]["bbox"] = [-10, -5, 40, 90]
    mended, counts = mend(content)
    assert counts["keypoint-outside-image"] == 1 and counts["box-outside"] == 1
    assert mended["annotations"][0]["keypoints"][:3] == [0, 0, 0]
    assert mended["annotations"][1]["bbox"] == [0, 0, 30, 85]


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
        "category-unlisted",
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_value_anywhere_is_a_problem_and_never_an_exception(make_content, data):
    content = make_content(videos=1, frames=2)
    for _ in range(data.draw(st.integers(1, 3))):
        table = data.draw(st.sampled_from(["images", "annotations", "categories"]))
        row = data.draw(st.integers(0, len(content[table]) - 1))
        if data.draw(st.booleans()) and isinstance(content[table][row], dict):
            key = data.draw(st.sampled_from(sorted(content[table][row]) or ["id"]))
            content[table][row][key] = data.draw(ANYTHING)
        else:
            content[table][row] = data.draw(ANYTHING)
    mended, _ = repair(content, find_problems(content, "a.json"))
    assert isinstance(find_problems(mended, "a.json"), type(find_problems(content, "a.json")))
