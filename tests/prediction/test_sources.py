from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.prediction.frame_reader import count_frames, read_frames
from surgtools.prediction.sources import Source, find_sources, stream_sources


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.jpg", "sub/a.png", ".hidden.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no picture")
        else:
            cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
    return tmp_path


def find(inputs):
    problems = []
    return find_sources(inputs, problems.append), problems


def test_folder_gives_its_pictures_in_order_with_subfolders(folder):
    sources, problems = find(folder)
    assert [s.stem for s in sources] == ["a", "b", "sub/a"]
    assert problems == []


def test_frames_come_as_people_count_them(tmp_path):
    for name in ("f10", "f9", "f009", "clip2/f1", "clip10/f1"):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
    for inputs in (tmp_path, str(tmp_path / "**/*.png")):
        stems = [Path(s.stem).name for s in find(inputs)[0]]
        assert stems[2:] == ["f009", "f9", "f10"] and len(stems) == 5
    assert [s.stem for s in find(tmp_path)[0]][:2] == ["clip2/f1", "clip10/f1"]


def test_names_made_from_sources_never_collide(folder):
    sources, _ = find([folder / "a.jpg", folder / "sub" / "a.png", str(folder / "*.png")])
    assert [s.stem for s in sources] == ["a", "a_2", "b"]


def test_files_named_again_can_be_left_out(folder):
    again = []
    inputs = [folder / "a.jpg", folder, str(folder / "sub" / ".." / "*.jpg")]
    sources = list(stream_sources(inputs, print, again=again.append))
    assert [s.stem for s in sources] == ["a", "b", "sub/a"]
    assert [path.name for path in again] == ["a.jpg", "a.jpg"]
    assert len(find(inputs)[0]) == 5


def test_arrays_numbers_and_urls_are_told_apart():
    sources, _ = find([np.zeros((4, 4), np.uint8), 0, "1", "rtsp://host/stream"])
    assert [s.kind for s in sources] == ["array", "camera", "camera", "video"]
    assert [s.name for s in sources][1:3] == ["camera:0", "camera:1"]


def test_sources_found_before_are_taken_as_they_are(folder):
    first, _ = find(folder)
    again, problems = find(first)
    assert again == first and problems == []


def test_a_url_names_its_files_and_hides_its_password():
    (source, other), _ = find(
        ["rtsp://me:secret@host/ward%203/a:b.mp4?token=1", "http://host:80/?id=7"]
    )
    assert source.name == "rtsp://host/ward%203/a:b.mp4?token=1"
    assert source.address == "rtsp://me:secret@host/ward%203/a:b.mp4?token=1"
    assert (source.stem, other.stem) == ("a_b", "stream")
    assert "secret" not in repr(source)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("HTTP://me:secret@host/a.mp4", "video"), ("ftp://me:secret@host/a.mp4", "problem"),
     ("http://me:secret@[", "video"), ("smb://me:secret@host/*.jpg", "problem")],
)  # fmt: skip
def test_no_address_shows_its_password(text, kind):
    sources, problems = find([text])
    assert [len(sources), len(problems)] == ([1, 0] if kind == "video" else [0, 1])
    assert "secret" not in f"{sources} {problems}"


@pytest.mark.parametrize("name", ["", " ", "a\0b"])
def test_what_can_be_no_name_is_reported(name):
    sources, problems = find([name, "²"])
    assert sources == []
    assert [p.message.split(";")[0] for p in problems] == ["is no name of a file", "no such file"]


@pytest.mark.parametrize("given", [None, True, 1.5, b"/x", [None], [[np.zeros((2, 2), np.uint8)]]])
def test_what_is_no_input_at_all_is_reported_by_its_type(given):
    sources, (problem,) = find(given)
    one = given[0] if isinstance(given, list) else given
    assert sources == [] and problem.source == f"<{type(one).__name__}>"


def test_a_name_beyond_what_systems_take_is_reported():
    sources, problems = find(["x" * 5000])
    assert sources == [] and "File name too long" in problems[0].message


def test_long_names_leave_room_for_what_is_put_after_them(tmp_path):
    names = ["L" * 240 + ".jpg", "L" * 239 + "M.jpg", "ä" * 120 + ".jpg"]
    for name in names:
        (tmp_path / name).touch()
    stems = [source.stem for source in find(tmp_path)[0]]
    assert len(set(stems)) == 3
    assert all(len(f"{stem}_000000_12_needle_holder.jpg".encode()) <= 255 for stem in stems)


def test_heic_named_outright_is_reported_as_what_it_is(tmp_path):
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    sources, _ = find(path)
    problems = []
    assert list(read_frames(sources, problems.append)) == []
    assert problems[0].message == "is HEIC, which OpenCV cannot read; convert it to JPEG"


def test_what_is_not_there_is_reported_and_costs_nothing_else(folder):
    (folder / "empty").mkdir()
    sources, problems = find(
        [folder / "none.jpg", folder / "empty", str(folder / "*.xyz"), folder / "a.jpg"]
    )
    assert [s.stem for s in sources] == ["a"]
    assert [p.message.split(";")[0] for p in problems] == [
        "no such file",
        "the folder holds no pictures and no videos",
        "the pattern matches no pictures and no videos",
    ]


def test_image_ids_do_not_depend_on_damaged_pictures(folder):
    (folder / "aa.jpg").write_bytes(b"no picture")
    sources, _ = find(folder)
    problems = []
    frames = list(read_frames(sources, problems.append))
    assert [(f.source.stem, f.image_id) for f in frames] == [("a", 1), ("b", 3), ("sub/a", 4)]
    assert [p.source for p in problems] == [str(folder / "aa.jpg")]


def test_stride_and_max_frames_sample_a_video(write_video):
    sources, _ = find(write_video(frames=12))
    frames = list(read_frames(sources, print, stride=5))
    assert [f.frame_id for f in frames] == [0, 5, 10]
    assert frames[1].time_s == pytest.approx(5 / 25)
    assert len(list(read_frames(sources, print, max_frames=4))) == 4


def test_count_is_what_reading_gives(folder, write_video):
    write_video(frames=12)
    sources, _ = find(folder)
    # three pictures, and frames 0, 5 and 10 of clip.mp4
    assert count_frames(sources, stride=5) == 6
    assert len(list(read_frames(sources, print, stride=5))) == 6
    assert count_frames([Source("camera:0", "camera", "camera_0")]) is None


def test_a_picture_with_a_strange_suffix_is_read(folder):
    (folder / "a.jpg").rename(folder / "a.frame1")
    sources, _ = find(folder / "a.frame1")
    assert [s.kind for s in sources] == ["image"]
    assert len(list(read_frames(sources, print))) == 1


@pytest.mark.parametrize(
    "names", [("clip.mp4", "clip_000001.jpg"), ("clip_000001.jpg", "clip.mp4")]
)
def test_a_picture_is_not_named_as_a_frame_of_a_video_beside_it(names, tmp_path):
    for name in names:
        (tmp_path / name).touch()
    stems = {Path(s.name).suffix: s.stem for s in find([tmp_path / name for name in names])[0]}
    assert stems[names[0][-4:]] == Path(names[0]).stem
    assert stems[names[1][-4:]] == f"{Path(names[1]).stem}_2"


def test_frames_without_their_video_keep_their_names(tmp_path):
    for name in ("clip_000001.jpg", "clip_000002.jpg", "other.mp4"):
        (tmp_path / name).touch()
    assert [s.stem for s in find(tmp_path)[0]] == ["clip_000001", "clip_000002", "other"]
