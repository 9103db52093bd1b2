"""numba gets a folder where it finds none, and only there."""

import os
from pathlib import Path

import pytest

from surgtools.hosts.compat import numba_cache


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Whether the places that numba would take can be written; nothing is removed at the end."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(numba_cache.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    monkeypatch.setattr(numba_cache.atexit, "register", lambda *_: None)

    def can_be_written(answer: bool) -> None:
        monkeypatch.setattr(numba_cache, "_can_be_written", lambda _: answer)

    yield can_be_written
    os.environ.pop("NUMBA_CACHE_DIR", None)


def test_without_any_place_a_fresh_folder_is_taken(places, tmp_path):
    places(False)
    numba_cache.install()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "surgtools-numba-")


def test_a_place_of_its_own_and_the_choice_of_the_user_are_left_alone(places, monkeypatch):
    places(True)
    numba_cache.install()
    assert "NUMBA_CACHE_DIR" not in os.environ
    places(False)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "mine")
    numba_cache.install()
    assert os.environ["NUMBA_CACHE_DIR"] == "mine"


def test_a_folder_can_be_written_when_it_can_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert numba_cache._can_be_written(tmp_path / "new/deep")
    assert not numba_cache._can_be_written(tmp_path / "file/new")


def test_the_folder_goes_with_the_process_that_made_it_and_no_other(tmp_path):
    numba_cache._remove(str(tmp_path), os.getpid() + 1)
    assert tmp_path.exists()
    numba_cache._remove(str(tmp_path), os.getpid())
    assert not Path(tmp_path).exists()
