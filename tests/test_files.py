"""Files are written whole or not at all, and unreadable ones are named."""

import math
import os

import pytest

from surgtools.errors import InputError
from surgtools.files import read_json, write_json, write_whole


def test_json_comes_back(tmp_path):
    write_json(tmp_path / "new/folder/a.json", {"x": [1, 2.5, None]})
    assert read_json(tmp_path / "new/folder/a.json") == {"x": [1, 2.5, None]}


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, "old")
    with pytest.raises(RuntimeError), write_whole(path) as part:
        part.write_text("half of the n")
        raise RuntimeError("killed")
    assert read_json(path) == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_not_a_number_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", [math.nan])
    assert os.listdir(tmp_path) == []


def test_temporary_name_keeps_the_suffix_for_encoders(tmp_path):
    with write_whole(tmp_path / "clip.mp4") as part:
        assert part.suffix == ".mp4"
        part.write_bytes(b"x")
    assert (tmp_path / "clip.mp4").read_bytes() == b"x"


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file/a.json: cannot be written"):
        write_json(tmp_path / "file/a.json", 1)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.json: no such file"):
        read_json(tmp_path / "a.json")


def test_cut_off_json_says_where(tmp_path):
    (tmp_path / "a.json").write_text('{"images": [\n1, 2')
    with pytest.raises(InputError, match=r"a\.json: line 2 column 5 is not JSON"):
        read_json(tmp_path / "a.json")


def test_binary_file_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(InputError, match="cannot be read"):
        read_json(tmp_path / "a.json")
