"""Every file is used once, and a pool knows what it was made from."""

from pathlib import Path

import pytest

from surgtools.adaptation.frames.inputs import (
    check_record,
    drop_copies,
    list_files,
    record_of,
    write_record,
)
from surgtools.errors import InputError
from surgtools.prediction.sources import Source


@pytest.fixture
def files(tmp_path):
    """Function of names and contents to sources."""

    def write(kind="image", **contents):
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
        return [Source(str(tmp_path / name), kind, name) for name in contents]

    return write


def test_copies_of_pictures_are_told_and_left_out(files):
    sources = files(a=b"one", b=b"two", c=b"one")
    problems = []
    assert drop_copies(sources, problems.append) == sources[:2], "of one size, not of one content"
    assert [problem.source for problem in problems] == [sources[2].name]
    assert problems[0].message == f"is a copy of {sources[0].name}; used once"


def test_links_are_the_file_they_lead_to(files, tmp_path):
    (video,) = files("video", a=b"film")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    link = Source(str(tmp_path / "b"), "video", "b")
    problems = []
    assert drop_copies([video, link], problems.append) == [video]
    assert problems[0].message == f"is given twice, as {video.name}; used once"


def test_videos_and_empty_files_are_not_compared_by_content(files):
    videos, empty = files("video", a=b"one", b=b"one"), files(c=b"", d=b"")
    gone = Source("gone.png", "image", "gone")
    every = [*videos, *empty, gone]
    assert drop_copies(every, pytest.fail) == every, "reading says what is wrong with them"


def test_a_live_source_is_refused():
    for source in ("0", "rtsp://somewhere/1"):
        with pytest.raises(InputError, match=f"{source}: a live source has no end"):
            list_files([source], pytest.fail)


def test_a_folder_may_have_a_number_for_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024/a.png").write_bytes(b"one")
    assert [Path(file.name).name for file in list_files(["2024"], pytest.fail)] == ["a.png"]


def test_a_record_is_of_the_same_inputs_however_they_are_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_record(tmp_path, record_of(["a.mp4", "b"], 600, 0.2, 0))
    check_record(tmp_path, record_of([str(tmp_path / "a.mp4"), "./b/"], 600, 0.2, 0))
    check_record(tmp_path / "without", record_of(["c"], 600, 0.2, 0))
    with pytest.raises(
        InputError, match="sources .*b, now .*/c, .*/d and 1 more is given; choose"
    ):
        check_record(tmp_path, record_of(["a.mp4", "c", "d", "e"], 600, 0.2, 0))
