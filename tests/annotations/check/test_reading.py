"""One reading: ``load_coco`` refuses exactly what ``data check`` marks as refused."""

import json
import math
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surgtools.annotations.check import KINDS, check_files, find_problems, row_arrays
from surgtools.annotations.coco import check_content, load_coco
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL


def image(**fields):
    return lambda content: content["images"][1].update(fields)


def annotation(**fields):
    return lambda content: content["annotations"][3].update(fields)


def without(table, field):
    return lambda content: content[table][1].pop(field)


def category(**fields):
    return lambda content: content["categories"][0].update(fields)


REFUSED = {
    "a picture without a name": (without("images", "file_name"), "image-entry"),
    "a picture without a width": (without("images", "width"), "image-entry"),
    "a text among numbers as image id": (image(id="2"), "image-entry"),
    "a list as image id": (image(id=[2]), "image-entry"),
    "true as image id": (image(id=True), "image-entry"),
    "an image id beyond 64 bits": (image(id=2**63), "image-entry"),
    "a picture of no width": (image(width=0), "image-entry"),
    "a picture of endless width": (image(width=math.inf), "image-entry"),
    "a number as file name": (image(file_name=5), "image-entry"),
    "a file name with NUL": (image(file_name="a\0b.jpg"), "image-entry"),
    "half a letter as file name": (image(file_name="\ud800.jpg"), "image-entry"),
    "a file name of 300 letters": (image(file_name="a" * 300), "image-entry"),
    "a number as layer": (image(layer=5), "image-entry"),
    "a list as video id": (image(video_id=[1]), "image-entry"),
    "a text as frame id": (image(frame_id="x"), "image-entry"),
    "NaN in a carried field": (image(camera={"fx": math.nan}), "number"),
    "infinity far down": (image(camera={"lens": [[1, 2], [3, -math.inf]]}), "number"),
    "no object as picture": (lambda c: c["images"].append(7), "image-entry"),
    "an image id twice": (
        lambda c: c["images"].append({**c["images"][0], "file_name": "n.jpg"}),
        "image-id-duplicate",
    ),
    "an annotation without id": (without("annotations", "id"), "annotation-entry"),
    "a broken number as annotation id": (annotation(id=4.5), "annotation-entry"),
    "an annotation id twice": (annotation(id=1), "annotation-id-duplicate"),
    "an absent picture as text": (annotation(image_id="2"), "annotation-dangling"),
    "an absent picture": (annotation(image_id=99), "annotation-dangling"),
    "an unknown category": (annotation(category_id=7), "category-unlisted"),
    "true as category": (annotation(category_id=True), "annotation-category"),
    "a broken number as category": (annotation(category_id=1.0), "annotation-category"),
    "a box of three": (annotation(bbox=[1, 2, 3]), "annotation-entry"),
    "no box": (annotation(bbox=None), "annotation-entry"),
    "a text in a box": (annotation(bbox=["1", 2, 3, 4]), "number"),
    "true in a box": (annotation(bbox=[True, 2, 3, 4]), "number"),
    "a coordinate of 1e305": (annotation(bbox=[1e305, 2, 3, 4]), "number"),
    "a whole coordinate beyond floats": (annotation(bbox=[10**400, 2, 3, 4]), "number"),
    "a box without height": (annotation(bbox=[110, 18, 20, 0]), "box-broken"),
    "boxes alone": (
        lambda c: [row.pop("keypoints") for row in c["annotations"]],
        "keypoint-absent",
    ),
    "null for keypoints": (annotation(keypoints=None), "keypoint-absent"),
    "an empty list of keypoints": (annotation(keypoints=[]), "keypoint-absent"),
    "too few keypoints": (annotation(keypoints=[1, 2, 2]), "keypoint-count"),
    "a text for keypoints": (annotation(keypoints="x" * 15), "annotation-entry"),
    "NaN as coordinate": (annotation(keypoints=[math.nan, 1, 2] * 5), "number"),
    "a visibility of 3": (annotation(keypoints=[120, 50, 3] * 5), "keypoint-visibility"),
    "a negative area": (annotation(area=-1), "annotation-entry"),
    "a text as area": (annotation(area="9"), "annotation-entry"),
    "iscrowd of 2": (annotation(iscrowd=2), "annotation-entry"),
    "half a polygon": (annotation(segmentation=[[1, 2, 3]]), "annotation-entry"),
    "a mask without counts": (annotation(segmentation={"size": [4, 4]}), "annotation-entry"),
    "a mask of a billion pixels": (
        annotation(segmentation={"size": [32768, 32768], "counts": "x"}),
        "annotation-entry",
    ),
    "NaN beside a mask": (
        annotation(segmentation={"size": [4, 4], "counts": "x", "at": math.nan}),
        "annotation-entry",
    ),
    "a list as track": (annotation(track_id=[1]), "annotation-entry"),
    "a text as certainty": (annotation(certain_left_right="false"), "annotation-entry"),
    "NaN as number of keypoints": (annotation(num_keypoints=math.nan), "number"),
    "NaN in a pose": (annotation(pose=[[1.0, math.nan]]), "number"),
    "lists without end": (
        annotation(pose=json.loads("[" * 150 + "]" * 150)),
        "number",
    ),
    "NaN under info": (lambda c: c["info"].update(fps=math.nan), "number"),
    "NaN in another list": (lambda c: c.update(licenses=[{"id": math.inf}]), "number"),
    "an unknown name of a category": (category(name="clamp"), "category-unknown"),
    "another category id": (category(id=9), "category-id"),
    "true as id of a category": (category(id=True), "category-unknown"),
    "other keypoints": (category(keypoints=["joint"]), "category-keypoints"),
    "NaN in a category": (category(weight=math.nan), "number"),
    "another order": (lambda c: c["categories"][0]["keypoints"].reverse(), "category-order"),
    "a category twice": (
        lambda c: c["categories"].append(deepcopy(c["categories"][0])),
        "category-duplicate",
    ),
    "an annotation of a category that is not listed": (
        lambda c: c["categories"].pop(),
        "category-unlisted",
    ),
}
"""Planted fault to what plants it and the code that ``data check`` gives it."""


def text_ids(content):
    for row in (*content["images"], *content["annotations"]):
        row |= {key: f"no {row[key]}" for key in ("id", "image_id") if key in row}


PASSED = {
    "texts as ids": text_ids,
    "a text as annotation id": annotation(id="4"),
    "no area": without("annotations", "area"),
    "no iscrowd": without("annotations", "iscrowd"),
    "no layer": image(layer=None),
    "no mask": annotation(segmentation=None),
    "a name as video": image(video_id="surgery A"),
    "a long path": image(file_name="/".join(["folder"] * 40) + "/a.jpg"),
    "a name with umlauts": image(file_name="Bilder für alle/ä.jpg"),
    "a compressed mask": annotation(segmentation={"size": [4, 4], "counts": "x"}),
    "a wrong count of keypoints": annotation(num_keypoints=17),
    "a box beyond the picture": annotation(bbox=[110, 18, 200, 74]),
    "a note of any kind": image(note={"by": ["me", None, 1.5]}),
    "the word NaN in a text": image(note="NaN"),
}
"""What only ``data check`` may complain about."""


def outcomes(content: dict, tmp_path) -> tuple[list, str]:
    """What ``data check`` finds in a file, and what ``load_coco`` says of it."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    report = check_files([path], pictures=False, taxonomy=SURGICAL)
    assert report.unreadable == []
    try:
        assert load_coco(path) == json.loads(path.read_text())
    except InputError as error:
        return report.problems, str(error)
    return report.problems, ""


def assert_agree(problems: list, message: str) -> None:
    first = next((p for p in problems if p.refused), None)
    expected = InputError(f"{first}; {KINDS[first.code].todo}") if first else ""
    assert message == str(expected)


@pytest.mark.parametrize("batch", [1, 8192])
@pytest.mark.parametrize("fault", REFUSED)
def test_planted_fault_is_listed_by_one_and_stops_the_other(
    content, fault, batch, tmp_path, monkeypatch
):
    monkeypatch.setattr(row_arrays, "_BATCH", batch)
    plant, code = REFUSED[fault]
    plant(content)
    problems, message = outcomes(content, tmp_path)
    assert code in [p.code for p in problems if p.refused]
    assert message.startswith(f"{tmp_path}/a.json: ")
    assert_agree(problems, message)


@pytest.mark.parametrize("harmless", PASSED)
def test_what_only_deserves_a_remark_is_read(content, harmless, tmp_path):
    PASSED[harmless](content)
    problems, message = outcomes(content, tmp_path)
    assert message == "" and not any(p.refused for p in problems)


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([1, 2, 0, -1, 10**400, 2**63, 1e305]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_both_agree_on_any_file(make_content, data, tmp_path):
    content = make_content()
    for name in data.draw(st.lists(st.sampled_from(sorted(REFUSED)), max_size=3, unique=True)):
        try:
            REFUSED[name][0](content)
        except (AttributeError, IndexError, KeyError, TypeError):
            pass  # an earlier fault left nothing to plant this one in
    for _ in range(data.draw(st.integers(0, 3))):
        table = data.draw(st.sampled_from(["images", "annotations", "categories"]))
        row = data.draw(st.integers(0, len(content[table]) - 1)) if content[table] else None
        if row is None or not isinstance(content[table][row], dict):
            continue
        field = data.draw(st.sampled_from([*content[table][row], "segmentation", "new"]))
        content[table][row][field] = data.draw(ANY)
    assert_agree(*outcomes(content, tmp_path))


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"images": [], "images": []}', "[1", "{]", "\ufeff{}"]
)
def test_both_name_a_file_that_is_none_in_the_same_words(text, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    (line,) = check_files([path], pictures=False, taxonomy=SURGICAL).unreadable
    with pytest.raises(InputError) as caught:
        load_coco(path)
    assert str(caught.value) == line


def test_a_byte_order_mark_is_read_over(content, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    assert load_coco(path) == content


def test_number_of_five_thousand_digits_is_named_with_its_place(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [\n{"id": ' + "1" * 5000 + "}]}")
    (line,) = check_files([path], pictures=False, taxonomy=SURGICAL).unreadable
    assert "line 2" in line
    with pytest.raises(InputError, match="line 2"):
        load_coco(path)


def test_problems_stand_in_the_order_of_the_file(content):
    content["annotations"][5]["area"] = -1
    content["annotations"][2]["iscrowd"] = 2
    content["images"][3]["width"] = 0
    content["info"]["x"] = math.nan
    found = [p for p in find_problems(content, "a.json") if p.refused]
    assert [(p.code, p.row) for p in found if p.code != "annotation-dangling"] == [
        ("number", None),
        ("image-entry", 3),
        ("annotation-entry", 2),
        ("annotation-entry", 5),
    ]
    with pytest.raises(InputError, match="a.json: info.x is nan; a finite number"):
        check_content(content, "a.json")


def test_texts_as_ids_stand_in_the_problems(content):
    text_ids(content)
    content["annotations"][3]["num_keypoints"] = 17
    (problem,) = find_problems(content, "a.json")
    assert (problem.image_id, problem.annotation_id) == ("no 2", "no 4")
    content["annotations"][3] |= {"id": "no 3", "image_id": "no 9"}
    found = {p.code: p.message for p in find_problems(content, "a.json")}
    assert found["annotation-id-duplicate"] == "annotation id no 3 occurs twice"
    assert found["annotation-dangling"] == "belongs to image no 9, which is absent"
