import os

import pytest

from surgtools.prediction.source_list import SourceList, is_in_shard
from surgtools.prediction.sources import Source, stream_sources


@pytest.fixture
def folder(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(b"x" * number)
    return tmp_path


def found(folder, shard=(1, 1)) -> SourceList:
    return SourceList.of(stream_sources([str(folder)], print), shard)


def test_the_list_is_read_as_often_as_needed_and_in_order(folder, monkeypatch):
    monkeypatch.setattr("surgtools.prediction.source_list.PAGE", 7)
    listed = found(folder)
    for _ in range(2):
        assert [each.source.stem for each in listed] == [str(n) for n in range(40)]
    assert len(listed) == 40
    assert [each for each in SourceList(listed)] == [each for each in listed]


def test_a_file_that_changes_has_another_digest(folder):
    before = {each.source.name: each.digest for each in found(folder)}
    os.utime(folder / "3.jpg", (5, 7))
    after = list(found(folder))
    assert [e.source.stem for e in after if before[e.source.name] != e.digest] == ["3"]
    assert next(e.changed for e in after if e.source.stem == "3") == 7


def test_every_source_is_in_one_part_and_stays_there(folder):
    parts = [[e.source.stem for e in found(folder, (i, 3))] for i in (1, 2, 3)]
    assert sorted(sum(parts, [])) == sorted(str(n) for n in range(40))
    assert all(len(part) > 4 for part in parts)
    (folder / "0.jpg").unlink()
    assert [e.source.stem for e in found(folder, (2, 3))] == [s for s in parts[1] if s != "0"]


def test_the_part_depends_on_the_name_below_the_folder_that_was_named():
    here, there = (Source(f"/{disk}/a/1.jpg", "image", "a/1") for disk in ("one", "two"))
    assert [is_in_shard(here, (i, 5)) for i in range(1, 6)] == [
        is_in_shard(there, (i, 5)) for i in range(1, 6)
    ]


def test_streams_have_no_state_and_keep_their_password_off_the_disk():
    url = "rtsp://me:secret@host/a.mp4"
    listed = SourceList.of(stream_sources([url], print))
    (each,) = listed
    assert each.mark == "" and each.changed == 0
    assert each.source.address == url and "secret" not in each.source.name
    rows = listed._base.execute("SELECT * FROM sources").fetchall()
    assert "secret" not in repr(rows)


def test_neighboring_pictures_are_a_group_and_a_video_is_one():
    kinds = zip("ppppvpp", "abcdefg", strict=True)
    sources = [Source(n, "video" if kind == "v" else "image", n) for kind, n in kinds]
    groups = SourceList.of(sources, group_size=3).groups()
    names = ["".join(each.source.name for each in group) for group in groups]
    assert names == ["abc", "d", "e", "fg"]
