"""Broken input of every action: one line that names the file, exit code, no file left behind.

``data check`` reports what is wrong with a readable file (exit 1) and refuses the rest (exit 2);
all other actions refuse.
"""

import json

import pytest

from surgtools.annotations.coco import CocoBuilder

NAMES = "needle_holder", "tweezers"


def sound() -> dict:
    builder = CocoBuilder()
    builder.add_image("a.jpg", 200, 100)
    points = [[50, 60, 2], [40, 90, 2], [47, 20, 2], [60, 90, 2], [53, 20, 2]]
    builder.add_annotation(1, 1, points, [38, 18, 24, 76])
    builder.add_annotation(1, 2, [[x + 60, y, v] for x, y, v in points], [98, 18, 24, 76])
    return builder.to_dict()


def changed(change) -> str:
    content = sound()
    change(content)
    return json.dumps(content)


def annotation(**values):
    return changed(lambda c: c["annotations"][0].update(values))


def image(**values):
    return changed(lambda c: c["images"][0].update(values))


def without(table, key):
    return changed(lambda c: c[table][0].pop(key))


# name: text of the file, exit code of check, what check says
FILES = {
    "empty": ("", 2, "is an object with images"),
    "list": ("[]", 2, "is an object with images"),
    "text": ('"coco"', 2, "is an object with images"),
    "cut off": (json.dumps(sound())[:-40], 2, "is not JSON"),
    "two documents": (json.dumps(sound()) * 2, 2, "goes on after its end"),
    "single quotes": (str(sound()), 2, "is not JSON"),
    "python comment": ("# coco\n{}", 2, "is an object with images"),
    "empty object": ("{}", 2, "`images` is missing"),
    "no annotations": (changed(lambda c: c.pop("annotations")), 2, "`annotations` is missing"),
    "no categories": (changed(lambda c: c.pop("categories")), 2, "`categories` is missing"),
    "images as object": (changed(lambda c: c.update(images={})), 2, "`images` is no list"),
    "annotations null": (changed(lambda c: c.update(annotations=None)), 2, "is no list"),
    "deeply nested": ('{"annotations":' + "[" * 5000 + "]" * 5000 + "}", 2, "nested"),
    "image is a number": (changed(lambda c: c["images"].append(3)), 1, "image 3 is no object"),
    "image without id": (without("images", "id"), 1, "id is missing"),
    "image without name": (without("images", "file_name"), 1, "file_name is missing"),
    "image without width": (without("images", "width"), 1, "width is missing"),
    "image of no height": (image(height=0), 1, "height 0"),
    "image id twice": (changed(lambda c: c["images"].append(c["images"][0])), 1, "occurs twice"),
    "annotation is text": (changed(lambda c: c["annotations"].append("x")), 1, "is no object"),
    "annotation without id": (without("annotations", "id"), 1, "id is missing"),
    "annotation without image": (without("annotations", "image_id"), 1, "image_id is missing"),
    "annotation of no image": (annotation(image_id=44), 1, "image 44, which is absent"),
    "annotation without box": (without("annotations", "bbox"), 1, "bbox is missing"),
    "box of three": (annotation(bbox=[1, 2, 3]), 1, "bbox [1, 2, 3]"),
    "box of text": (annotation(bbox=["1", 2, 3, 4]), 1, "four finite numbers"),
    "box of NaN": (annotation(bbox=[float("nan"), 2, 3, 4]), 1, "finite numbers"),
    "flat box": (annotation(bbox=[38, 18, 0, 76]), 1, "width and height above 0"),
    "no keypoints": (without("annotations", "keypoints"), 1, "has no keypoints, "),
    "four keypoints": (annotation(keypoints=[1] * 12), 1, "4 keypoints"),
    "odd keypoints": (annotation(keypoints=[1] * 14), 1, "4.66667 keypoints"),
    "keypoints of text": (annotation(keypoints=["1"] * 15), 1, "finite numbers"),
    "infinite keypoint": (annotation(keypoints=[float("inf")] + [1] * 14), 1, "finite numbers"),
    "visibility 3": (annotation(keypoints=[50, 60, 3] * 5), 1, "0, 1 or 2 is expected"),
    "unknown category": (annotation(category_id=7), 1, "category_id 7, which"),
    "category in words": (annotation(category_id="tweezers"), 1, "is unknown"),
    "category of four": (
        changed(lambda c: c["categories"][0]["keypoints"].pop()),
        1,
        "lists keypoints",
    ),
    "category is a number": (changed(lambda c: c["categories"].append(5)), 1, "category 5"),
}
REFUSING = ("merge", "split", "convert", "overlay", "stats", "paste", "sigmas")
# What an action does not look at, it carries along: checking is the work of `check`.
LENIENT = {
    "merge": {
        "box of three",
        "flat box",
        "annotation without box",
        "image of no height",
        "visibility 3",
    },
    "split": set(FILES)
    - {name for name, (_, code, _) in FILES.items() if code == 2}
    - {
        "image is a number",
        "image without id",
        "image without name",
        "image id twice",
        "annotation is text",
        "annotation without image",
        "annotation of no image",
        "box of NaN",
        "infinite keypoint",
        "unknown category",
    },
    "convert": {"flat box"},
}


def arguments(action: str, file, out, folder) -> list:
    return {
        "merge": [file, file, "--out", out / "m.json"],
        "split": [file, "--out-dir", out, "--ratios", 1, 0, 0],
        "convert": [file, out, "--from", "coco", "--to", "yolo"],
        "overlay": [file, "--out-dir", out],
        "stats": [file, "--html", out / "stats.html"],
        "paste": [file, "--backgrounds", folder, "--out", out],
        "sigmas": [file, file, "--json", out / "s.json"],
    }[action]


@pytest.mark.parametrize("name", FILES)
def test_check_says_what_is_wrong(name, data, tmp_path):
    text, expected, message = FILES[name]
    file = tmp_path / "bad.json"
    file.write_text(text)
    code, out, err = data("check", file, "--no-pictures")
    assert code == expected
    assert message in out
    assert "bad.json" in out
    assert err.strip() in ("", "checking")


@pytest.mark.parametrize(
    ("name", "action"),
    [(n, a) for n in FILES for a in REFUSING if n not in LENIENT.get(a, ())],
)
def test_other_actions_refuse_with_one_line_and_leave_nothing(name, action, data, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(FILES[name][0])
    out = tmp_path / "out"
    code, _, err = data(action, *arguments(action, file, out, tmp_path))
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "bad.json" in err
    assert not list(out.rglob("*.*")) if out.exists() else True


@pytest.mark.parametrize(("action", "name"), [(a, n) for a in LENIENT for n in sorted(LENIENT[a])])
def test_what_an_action_does_not_look_at_is_carried_along(action, name, data, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(FILES[name][0])
    code, _, err = data(action, *arguments(action, file, tmp_path / "out", tmp_path))
    assert (code, err) == (0, "")


@pytest.mark.parametrize("action", ["check", *REFUSING])
def test_missing_file_is_named(action, data, tmp_path):
    file, out = tmp_path / "none.json", tmp_path / "out"
    given = [file] if action == "check" else arguments(action, file, out, tmp_path)
    code, output, err = data(action, *given)
    assert code == 2
    assert "none.json" in output + err and "no such file" in output + err
    assert not out.exists()
