"""CVAT for images by hand."""

import xml.etree.ElementTree as ET

import pytest

from surgtools.annotations.convert.cvat_images import read, write
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.errors import InputError

LABELS = """<meta><task><labels><label><name>clamp</name><type>skeleton</type></label>
<label><name>tip</name><type>points</type><parent>clamp</parent></label>
<label><name>pin</name><type>points</type><parent>clamp</parent></label></labels></task></meta>"""
SKELETON = """<skeleton label="clamp"><points label="pin" outside="0" occluded="1" points="3,4"/>
<points label="tip" outside="0" occluded="0" points="8,9"/></skeleton>"""


def document(tmp_path, inside: str, labels: str = LABELS):
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations>{labels}{inside}</annotations>")
    return path


def test_points_are_ordered_by_label_and_occluded_is_hidden(tmp_path):
    inside = f'<image name="a.jpg" width="50" height="40">{SKELETON}<polygon/></image>'
    losses = Losses()
    (part,) = read(document(tmp_path, inside), Options(), losses)
    assert part.name == "train"
    assert part.content["annotations"][0]["keypoints"] == [8, 9, 2, 3, 4, 1]
    assert part.content["categories"][0]["keypoints"] == ["tip", "pin"]
    assert "<polygon> shapes, which are no skeletons and no boxes (1 x)" in losses.lines()


def test_parts_are_subsets(content, tmp_path):
    parts = [DatasetPart("train", content, tmp_path), DatasetPart("val", content, tmp_path)]
    losses = Losses()
    write(parts, tmp_path / "out", Options(), losses)
    root = ET.parse(tmp_path / "out/annotations.xml").getroot()
    assert [i.get("subset") for i in root.iter("image")] == ["train"] * 6 + ["val"] * 6
    assert "file names that occur more than once (6 x)" in losses.lines()
    back = read(tmp_path / "out", Options(), Losses())
    assert [p.name for p in back] == ["train", "val"]
    assert (tmp_path / "out/labels.json").exists()


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("", "holds no images"),
        ("<track/>", "convert it --from cvat-video"),
        ('<image width="5" height="5"/>', "has no name"),
        ('<image name="a" width="x" height="5"/>', "width='x'"),
        (f'<image name="a" width="5" height="5">{SKELETON.replace("clamp", "x")}</image>', "'x'"),
        (f'<image name="a" width="5" height="5">{SKELETON.replace("3,4", "3")}</image>', "x,y"),
        (
            f'<image name="a" width="5" height="5">{SKELETON.replace("3,4", "nan,1")}</image>',
            "fin",
        ),
        ('<image name="a" width="5" height="5"><skeleton label="clamp"/></image>', "no labelled"),
    ],
)
def test_broken_files_are_located(tmp_path, inside, message):
    with pytest.raises(InputError, match=message) as caught:
        read(document(tmp_path, inside), Options(), Losses())
    assert "a.xml" in str(caught.value)


def test_pictures_of_a_project_lie_in_folders_of_their_subsets(tmp_path):
    (tmp_path / "images/Validation").mkdir(parents=True)
    inside = '<image name="a.jpg" width="5" height="5" subset="Validation"/>'
    inside += '<image name="b.jpg" width="5" height="5" subset="Train"/>'
    val, train = read(document(tmp_path, inside), Options(), Losses())
    assert (val.name, val.image_root) == ("val", tmp_path / "images/Validation")
    assert (train.name, train.image_root) == ("train", tmp_path / "images")


@pytest.mark.parametrize("subset", ["../..", "/etc"])
def test_subset_that_leads_out_is_refused(subset, tmp_path):
    (tmp_path / "images").mkdir()
    inside = f'<image name="a.jpg" width="5" height="5" subset="{subset}"/>'
    with pytest.raises(InputError, match="subset"):
        read(document(tmp_path, inside), Options(), Losses())


def test_file_without_labels_is_refused(tmp_path):
    with pytest.raises(InputError, match="lacks <labels>"):
        read(document(tmp_path, "", labels=""), Options(), Losses())
