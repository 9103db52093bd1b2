"""Taxonomies of what labelling tools export, their format told from name and content."""

from pathlib import Path

import pytest

from surgtools.annotations.foreign_taxonomy import guess_format, read_foreign_taxonomy
from surgtools.errors import InputError

ASSETS = Path(__file__).resolve().parents[3] / "shared/assets"

CVAT = """<annotations><version>1.1</version><meta><job><labels>
<label><name>clamp</name><type>skeleton</type></label>
<label><name>left_tip</name><type>points</type><parent>clamp</parent></label>
<label><name>right_tip</name><type>points</type><parent>clamp</parent></label>
</labels></job></meta>
<image id="0" name="a.jpg" width="9" height="9"/></annotations>"""


def test_skeletons_of_cvat(tmp_path):
    (tmp_path / "annotations.xml").write_text(CVAT)
    taxonomy, guesses = read_foreign_taxonomy(tmp_path / "annotations.xml")
    assert taxonomy.classes == ("clamp",)
    assert taxonomy.categories[0].swaps == (("left_tip", "right_tip"),)
    assert [guess.part for guess in guesses] == ["swaps"]


def test_classes_of_yolo(tmp_path):
    text = "names: [clamp]\nkpt_shape: [2, 3]\nkpt_names: {0: [a, b]}\ntrain: images\n"
    (tmp_path / "data.yaml").write_text(text)
    (tmp_path / "images").mkdir()
    taxonomy, _ = read_foreign_taxonomy(tmp_path / "data.yaml")
    assert taxonomy.categories[0].keypoints == ("a", "b")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.xml", "<annotations><track id='0'></track></annotations>", "cvat-video"),
        ("a.xml", "<annotations><image/></annotations>", "cvat-images"),
        ("a.json", ' [{"data": {}}]', "label-studio"),
        ("a.json", '{"images": []}', "coco"),
        ("data.yaml", "names: []", "yolo"),
    ],
)
def test_the_format_is_told_from_the_file(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text)
    assert guess_format(tmp_path / name) == expected


def test_what_cannot_be_told_is_asked_for(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="say it with --from"):
        guess_format(tmp_path / "notes.txt")
    with pytest.raises(InputError, match="no such file"):
        read_foreign_taxonomy(tmp_path / "absent")
    (tmp_path / "results.json").write_text('[{"image_id": 1, "category_id": 1, "score": 0.5}]')
    with pytest.raises(InputError, match="a list of COCO results, which has no categories"):
        guess_format(tmp_path / "results.json")


@pytest.mark.skipif(not ASSETS.is_dir(), reason="the shared assets are not here")
@pytest.mark.parametrize(
    "name",
    ["cvat/for_images/train.xml", "cvat/for_video/annotations.xml", "yolo_pose/yolov8_pose"],
)
def test_public_exports_are_read(name):
    taxonomy, _ = read_foreign_taxonomy(ASSETS / name)
    assert taxonomy.categories
