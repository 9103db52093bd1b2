"""One run at a time writes into a folder; shards may share it."""

import errno
import fcntl
from pathlib import Path

import pytest

from surgtools.errors import InputError
from surgtools.prediction.parts import Parts
from surgtools.prediction.run_lock import run_lock


@pytest.fixture
def parts(tmp_path) -> Parts:
    return Parts(tmp_path / "new/out/predictions.json", {})


@pytest.mark.parametrize(("first", "second"), [(False, False), (True, False), (False, True)])
def test_a_second_run_is_refused_until_the_first_has_ended(parts, first, second):
    with run_lock(parts, first):
        with pytest.raises(InputError, match="predictions.json: another run is writing there"):
            with run_lock(parts, second):
                raise AssertionError
    with run_lock(parts, second):
        pass


def test_shards_share(parts):
    with run_lock(parts, shared=True):
        with run_lock(parts, shared=True):
            assert parts.home.is_dir()
        with pytest.raises(InputError, match="another run is writing there"), run_lock(parts):
            raise AssertionError  # the first shard holds it still


def test_folders_stay_only_with_something_in_them(parts, tmp_path):
    with run_lock(parts):
        assert parts.home.is_dir()
    assert not list(tmp_path.iterdir())
    with run_lock(parts):
        parts.output.write_text("{}")
    assert not parts.home.exists() and parts.output.exists()


def test_disks_without_locks_and_devices_are_no_hindrance(parts, monkeypatch, tmp_path):
    def refuse(handle, kind):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / "file").touch()
    reached = []
    for path in (parts.output, tmp_path / "file/out/predictions.json", Path("/dev/stdout")):
        with run_lock(Parts(path, {})):
            reached.append(path)
    assert len(reached) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"file"}
