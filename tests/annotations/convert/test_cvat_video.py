"""CVAT for video by hand: frames, names, tracks that end and come back."""

import xml.etree.ElementTree as ET

import pytest

from surgtools.annotations.convert.cvat_video import write
from surgtools.annotations.convert.cvat_video_reader import read
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.errors import InputError


def test_file_names_come_back_through_their_pattern(make_content, tmp_path):
    content = make_content(videos=1, frames=3)
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), Losses())
    assert ET.parse(tmp_path / "v.xml").findtext("meta/source") == "clip0/frame_{:04d}.jpg"
    (part,) = read(tmp_path / "v.xml", Options(), Losses())
    assert part.content["images"] == [
        {k: image[k] for k in ("id", "file_name", "width", "height", "video_id", "frame_id")}
        for image in content["images"]
    ]


def test_names_whose_number_is_not_the_frame_come_back_too(make_content, tmp_path):
    content = make_content(videos=1, frames=3)
    for n, image in enumerate(content["images"]):
        image["file_name"] = f"{n + 10:06d}.jpg"
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), Losses())
    (part,) = read(tmp_path / "v.xml", Options(), Losses())
    names = [image["file_name"] for image in part.content["images"]]
    assert names == ["000010.jpg", "000011.jpg", "000012.jpg"]


def test_track_that_pauses_is_outside_in_between(make_content, tmp_path):
    content = make_content(videos=1, frames=5)
    gone = [a for a in content["annotations"] if a["image_id"] in (2, 3) and a["track_id"] == 2]
    for annotation in gone:
        content["annotations"].remove(annotation)
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), Losses())
    track = ET.parse(tmp_path / "v.xml").getroot().findall("track")[1]
    shown = [(s.get("frame"), s.get("outside")) for s in track.findall("skeleton")]
    assert shown == [("0", "0"), ("1", "1"), ("3", "0"), ("4", "0")]
    (part,) = read(tmp_path / "v.xml", Options(), Losses())
    frames = [a["image_id"] for a in part.content["annotations"] if a["track_id"] == 2]
    assert frames == [1, 4, 5]


def test_several_videos_become_several_files(content, tmp_path):
    write([DatasetPart("train", content, tmp_path)], tmp_path / "out", Options(), Losses())
    assert sorted(p.name for p in (tmp_path / "out/train").iterdir()) == ["0.xml", "1.xml"]
    with pytest.raises(InputError, match="there are 2 videos; give a folder"):
        write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), Losses())


def test_frames_every_third_keep_their_numbers(make_content, tmp_path):
    content = make_content(videos=1, frames=3)
    for image, frame in zip(content["images"], (10, 13, 19), strict=True):
        image["frame_id"] = frame
    losses = Losses()
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), losses)
    assert "frames missing from the sequence; they come back empty (1 x)" in losses.lines()
    assert "file names (known by frame number only) (3 x)" in losses.lines()
    (part,) = read(tmp_path / "v.xml", Options(), Losses())
    assert [i["frame_id"] for i in part.content["images"]] == [10, 13, 16, 19]
    assert part.content["images"][0]["file_name"] == "frame_000010.png"


def test_repeated_track_in_one_frame_becomes_two_tracks(make_content, tmp_path):
    content = make_content(videos=1, frames=1)
    content["annotations"].append({**content["annotations"][0], "id": 9})
    losses = Losses()
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), losses)
    (part,) = read(tmp_path / "v.xml", Options(), Losses())
    assert sorted(a["track_id"] for a in part.content["annotations"]) == [1, 2, 3]
    assert any("repeat a track" in line for line in losses.lines())


def test_tracks_named_by_text_stay_together(make_content, tmp_path):
    content = make_content(videos=1, frames=3)
    for annotation in content["annotations"]:
        annotation["track_id"] = "left hand" if annotation["track_id"] == 1 else "single 0"
    losses = Losses()
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), losses)
    assert "track ids that are text, numbered (2 x)" in losses.lines()
    (part,) = read(tmp_path / "v.xml", Options(), Losses())
    assert [a["track_id"] for a in part.content["annotations"]] == [0, 1] * 3


def test_sizes_must_agree(make_content, tmp_path):
    content = make_content(videos=1, frames=2)
    content["images"][1]["width"] = 300
    with pytest.raises(InputError, match="CVAT needs one size"):
        write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), Losses())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<start_frame>0<", "<start_frame>x<", "start_frame 'x'"),
        ("<original_size>", "<size>", "is no XML"),
        ('frame="1"', 'frame="b"', "frame='b'"),
        ('label="tweezers"', 'label="clamp"', "'clamp' is no label"),
        ("<width>200</width>", "", "width None"),
    ],
)
def test_broken_files_are_located(make_content, tmp_path, old, new, message):
    content = make_content(videos=1, frames=2)
    write([DatasetPart("train", content, tmp_path)], tmp_path / "v.xml", Options(), Losses())
    text = (tmp_path / "v.xml").read_text()
    assert old in text
    (tmp_path / "v.xml").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / "v.xml", Options(), Losses())
    assert "v.xml" in str(caught.value)


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no .xml file"):
        read(tmp_path, Options(), Losses())
