"""``data check``: text, JSON, page, --fix and exit codes."""

import base64
import json
import re

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.taxonomy import Category


@pytest.fixture
def broken(draw_dataset):
    """Two splits; the first has exchanged sides and a wrong count."""
    folder = draw_dataset(train=3, val=2)
    file = folder / "train/coco_keypoints.json"
    content = json.loads(file.read_text())
    first = content["annotations"][0]
    k = first["keypoints"]
    first["keypoints"] = [*k[:3], *k[9:12], *k[6:9], *k[3:6], *k[12:]]
    first["num_keypoints"] = 1
    file.write_text(json.dumps(content))
    return folder


def test_clean_files(data, draw_dataset):
    folder = draw_dataset(train=2, val=2)
    code, out, _ = data("check", *sorted(folder.glob("*/*.json")))
    assert code == 0
    assert "0 errors, 0 warnings, 0 notes" in out


def test_text_json_page_and_fix(data, broken, tmp_path):
    file = broken / "train/coco_keypoints.json"
    outputs = [tmp_path / name for name in ("c.json", "c.html", "fixed.json")]
    arguments = zip(("--json", "--html", "--fix"), outputs, strict=True)
    code, out, _ = data("check", file, *(word for pair in arguments for word in pair))
    assert code == 1
    assert "error  side-rule" in out and "error  num-keypoints" in out
    assert "left in" in out and out.rstrip().endswith("nothing")
    report = json.loads(outputs[0].read_text())
    assert report["exit_code"] == 1
    assert {p["code"] for p in report["problems"]} == {"side-rule", "num-keypoints"}
    page = outputs[1].read_text()
    assert page.count("data:image/jpeg;base64,") == 2 and "http" not in page
    assert data("check", outputs[2], "--images", broken / "train/images")[0] == 0
    assert json.loads(file.read_text())["annotations"][0]["num_keypoints"] == 1


def test_the_page_draws_categories_of_any_taxonomy(data, tmp_path):
    builder = CocoBuilder({}, (Category(7, "clamp", ("joint", "end", "tip")),))
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images/0.png"), np.full((200, 200, 3), 40, np.uint8))
    image = builder.add_image("0.png", 200, 200)
    points = np.array([[50, 50, 2], [150, 60, 2], [100, 150, 2.0]])
    builder.add_annotation(image, 7, points, (40, 40, 120, 120))
    builder.annotations[0]["num_keypoints"] = 1
    builder.write(tmp_path / "a.json")
    assert data("check", tmp_path / "a.json", "--html", tmp_path / "c.html")[0] == 1
    (coded,) = re.findall(r"data:image/jpeg;base64,([^\"]+)", (tmp_path / "c.html").read_text())
    drawn = cv2.imdecode(np.frombuffer(base64.b64decode(coded), np.uint8), cv2.IMREAD_COLOR)
    assert drawn[150, 100].max() > 200 and drawn[195, 195].max() < 60


def test_long_lists_are_shortened_unless_asked(data, draw_dataset):
    file = draw_dataset(train=8) / "train/coco_keypoints.json"
    content = json.loads(file.read_text())
    for annotation in content["annotations"]:
        annotation["area"] = 1
    file.write_text(json.dumps(content))
    assert "... and 9 more; --all prints them" in data("check", file)[1]
    assert data("check", file, "--all")[1].count("width x height") == 14


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--images", "nowhere"], "nowhere: no such folder"),
        (["--images", ".", ".", "."], "3 folders for 2 files"),
        (["--fix", "x.json"], "--fix mends one file at a time"),
    ],
)
def test_options_that_do_not_fit(data, broken, more, message):
    code, _, err = data("check", *sorted(broken.glob("*/*.json")), *more)
    assert code == 2 and message in err


def test_fix_does_not_overwrite_its_input(data, broken):
    file = broken / "train/coco_keypoints.json"
    code, _, err = data("check", file, "--fix", file)
    assert code == 2 and "give another name" in err


@pytest.mark.parametrize("option", ["--json", "--html", "--fix"])
def test_an_option_without_its_value_costs_no_labels(data, broken, option):
    files = [broken / part / "coco_keypoints.json" for part in ("train", "val")]
    labels = files[0].read_bytes()
    code, _, err = data("check", option, *files)
    assert code == 2 and "coco_keypoints.json: is there and is not" in err
    assert files[0].read_bytes() == labels


def test_outputs_of_an_earlier_run_are_replaced(data, broken, tmp_path):
    outputs = [tmp_path / name for name in ("c.json", "c.html", "fixed.json")]
    pairs = zip(("--json", "--html", "--fix"), outputs, strict=True)
    arguments = [word for pair in pairs for word in pair]
    file = broken / "train/coco_keypoints.json"
    assert [data("check", file, *arguments)[0] for _ in range(2)] == [1, 1]


def test_names_that_lead_out_are_problems(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=2) / "train"
    (folder / "images/00000.jpg").rename(tmp_path / "far.jpg")
    file = folder / "coco_keypoints.json"
    content = json.loads(file.read_text())
    content["images"][0]["file_name"] = str(tmp_path / "far.jpg")
    file.write_text(json.dumps(content))
    code, out, _ = data("check", file)
    assert code == 1 and "picture-outside" in out and "image 1" in out
    assert data("check", file, "--allow-outside")[0] == 0


def test_one_name_for_two_things_is_refused(data, draw_dataset, tmp_path):
    file, out = draw_dataset(train=1) / "train/coco_keypoints.json", tmp_path / "a.json"
    for words, message in (
        ((file, file.parent / "images/../coco_keypoints.json"), "is named twice; name each"),
        ((file, "--json", out, "--fix", out), "a.json: is named for two outputs; give each"),
    ):
        code, _, err = data("check", *words)
        assert code == 2 and message in err and err.count("\n") == 1
    assert not out.exists()


def test_a_folder_is_no_annotation_file(data, tmp_path):
    code, out, _ = data("check", tmp_path)
    assert code == 2 and f"{tmp_path}: is a folder; name a file in it" in out
