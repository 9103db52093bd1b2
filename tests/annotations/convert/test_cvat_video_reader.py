"""Both ways in which CVAT writes the points of a skeleton that moves."""

import pytest

from surgtools.annotations.convert.cvat_video_reader import read
from surgtools.annotations.convert.dataset_parts import Losses, Options

META = """<meta><task><name>clip</name><start_frame>0</start_frame><stop_frame>2</stop_frame>
<original_size><width>50</width><height>40</height></original_size><labels>
<label><name>clamp</name><type>skeleton</type></label>
<label><name>tip</name><type>points</type><parent>clamp</parent></label>
<label><name>pin</name><type>points</type><parent>clamp</parent></label></labels></task></meta>"""


def points(label: str, xy: str, outside: int = 0, more: str = "") -> str:
    return f'<points label="{label}" outside="{outside}" occluded="0" points="{xy}" {more}/>'


def annotations(tmp_path, tracks: str) -> list[dict]:
    (tmp_path / "a.xml").write_text(f"<annotations>{META}{tracks}</annotations>")
    (part,) = read(tmp_path / "a.xml", Options(), Losses())
    return part.content["annotations"]


def test_points_stand_in_their_skeleton(tmp_path):
    skeletons = [
        f'<skeleton frame="0">{points("tip", "1,2")}{points("pin", "3,4")}</skeleton>',
        f'<skeleton frame="1" keyframe="0">{points("tip", "5,6")}{points("pin", "3,4", 1)}'
        "</skeleton>",
        f'<skeleton frame="2" keyframe="1">{points("tip", "5,6", 1)}{points("pin", "3,4", 1)}'
        "</skeleton>",
    ]
    tracks = f'<track id="3" label="clamp">{"".join(skeletons)}</track>'
    found = annotations(tmp_path, tracks)
    assert [a["keypoints"] for a in found] == [[1, 2, 2, 3, 4, 2], [5, 6, 2, 0, 0, 0]]
    assert [a["image_id"] for a in found] == [1, 2]  # all points outside: gone


def test_points_stand_in_tracks_of_their_own(tmp_path):
    inner = "".join(
        f'<track id="{n}" label="{label}">{points(label, xy, 0, frame)}</track>'
        for n, (label, xy, frame) in enumerate(
            [("tip", "1,2", 'frame="0"'), ("pin", "3,4", 'frame="1"')]
        )
    )
    shown = '<skeleton frame="0" outside="0"/><skeleton frame="1" outside="0"/>'
    gone = '<skeleton frame="2" outside="1"/>'
    found = annotations(tmp_path, f'<track id="3" label="clamp">{shown}{gone}{inner}</track>')
    assert [a["keypoints"] for a in found] == [[1, 2, 2, 0, 0, 0], [1, 2, 2, 3, 4, 2]]


@pytest.mark.parametrize("name", ["bbox", "image_id", "self", "keypoints", "category_id"])
def test_attributes_with_names_of_ours_do_not_replace_them(name, tmp_path):
    attribute = f'<attribute name="{name}">7</attribute>'
    skeleton = f'<skeleton frame="0">{points("tip", "10,20")}{attribute}</skeleton>'
    (found,) = annotations(tmp_path, f'<track id="3" label="clamp">{skeleton}</track>')
    assert found["bbox"] == [9, 19, 2, 2] and found["image_id"] == 1
    assert found["keypoints"] == [10, 20, 2, 0, 0, 0]
