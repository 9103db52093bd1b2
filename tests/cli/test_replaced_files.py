"""An output replaces what an earlier run wrote, and nothing else."""

import os

import pytest

from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.errors import InputError


def refuse(path, inputs=()):
    refuse_to_replace(path, '"exit_code"', "a report", inputs)


def test_own_output_and_new_names_pass(tmp_path):
    refuse(tmp_path / "new.json")
    assert not (tmp_path / "new.json").exists()
    for text in ("", '{"exit_code": 0}', " " * 10**6 + '"exit_code"'):
        (tmp_path / "old.json").write_text(text)
        refuse(tmp_path / "old.json")
        assert (tmp_path / "old.json").read_text() == text


def test_anything_else_is_kept(tmp_path):
    (tmp_path / "a.json").write_text('{"images": []}')
    with pytest.raises(InputError, match=r"a\.json: is there and is not a report; give another"):
        refuse(tmp_path / "a.json")


def test_an_input_is_no_output_whatever_it_holds(tmp_path):
    (tmp_path / "a.json").write_text('{"exit_code": 0}')
    (tmp_path / "link.json").symlink_to("a.json")
    with pytest.raises(InputError, match="is read by this command"):
        refuse(tmp_path / "link.json", [tmp_path / "none.json", tmp_path / "a.json"])


def test_a_folder_is_refused_before_the_work(tmp_path):
    with pytest.raises(InputError, match="is a folder; give the name of a file"):
        refuse(tmp_path)


def test_a_pipe_may_be_written_into(tmp_path):
    os.mkfifo(tmp_path / "p")
    refuse(tmp_path / "p")
    assert (tmp_path / "p").is_fifo()
