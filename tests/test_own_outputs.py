"""A run replaces what an earlier run wrote, and nothing that a person made."""

import os

import pytest

from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.own_outputs import RECORD, own_outputs


def put(folder, name, text, **how):
    with own_outputs(folder, **how), write_whole(folder / name) as part:
        part.write_text(text)


def test_what_an_earlier_run_wrote_is_replaced(tmp_path):
    for text in ("one", "two", "one"):
        put(tmp_path / "out", "inner/a.txt", text)
    assert (tmp_path / "out/inner/a.txt").read_text() == "one"
    lines = (tmp_path / "out" / RECORD).read_text().splitlines()
    assert len(lines) == 2 and all(line.endswith(" inner/a.txt") for line in lines)


@pytest.mark.parametrize("name", ["a.txt", "inner/b.txt"])
def test_a_file_that_a_person_made_stays(tmp_path, name):
    (tmp_path / "inner").mkdir()
    (tmp_path / name).write_text("by hand")
    with pytest.raises(
        InputError, match="is there, and is not as an earlier run wrote it; remove"
    ):
        put(tmp_path, name, "new")
    assert (tmp_path / name).read_text() == "by hand"
    assert not [path for path in tmp_path.rglob(".part*")]
    put(tmp_path, name, "new", overwrite=True)
    put(tmp_path, name, "newer")
    assert (tmp_path / name).read_text() == "newer"


def test_a_file_that_was_corrected_since_stays(tmp_path):
    put(tmp_path, "a.txt", "one")
    (tmp_path / "a.txt").write_text("one, corrected")
    with pytest.raises(InputError, match="not as an earlier run wrote it"):
        put(tmp_path, "a.txt", "two")


def test_a_file_that_would_not_change_is_no_matter_whose_it_is(tmp_path):
    (tmp_path / "a.txt").write_text("same")
    (tmp_path / "b.txt").touch()
    put(tmp_path, "a.txt", "same")
    put(tmp_path, "b.txt", "filled")
    assert (tmp_path / "a.txt").read_text() == "same"
    assert (tmp_path / "b.txt").read_text() == "filled"


def test_a_run_that_was_killed_before_its_rename_can_be_repeated(tmp_path, monkeypatch):
    put(tmp_path, "a.txt", "one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            put(tmp_path, "a.txt", "two")
    assert (tmp_path / "a.txt").read_text() == "one"
    put(tmp_path, "a.txt", "three")
    assert (tmp_path / "a.txt").read_text() == "three"


def test_a_single_file_has_no_list_and_is_replaced_by_its_like_alone(tmp_path):
    for _ in range(2):
        put(tmp_path, "a.json", "{}", record=False)
    with pytest.raises(InputError, match="give --overwrite"):
        put(tmp_path, "a.json", "[]", record=False)
    assert os.listdir(tmp_path) == ["a.json"]


def test_files_elsewhere_and_files_without_a_guard_are_none_of_its_business(tmp_path):
    for name in ("out", "beside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("old")
    with own_outputs(tmp_path / "out"), write_whole(tmp_path / "beside/a.txt") as part:
        part.write_text("new")
    with write_whole(tmp_path / "out/a.txt") as part:
        part.write_text("new")
    assert not list(tmp_path.rglob(RECORD))


def test_a_list_that_leads_elsewhere_is_not_followed(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out" / RECORD).symlink_to(tmp_path / "mine")
    with pytest.raises(InputError, match="cannot be written"):
        put(tmp_path / "out", "a.txt", "new")
    assert (tmp_path / "mine").read_text() == "mine"
