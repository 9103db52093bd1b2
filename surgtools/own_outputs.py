"""Keep what a user made by hand when a command fills a folder, or a file, once more.

A command that writes many files into a folder is run again after its input has changed, and then
its files are replaced. Files that somebody else put there, or corrected since, are not.

``.surgtools_outputs`` in the folder lists what was written: a digest and a name a line. Each line
is there before its file, so that a run that was killed can be repeated.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surgtools.errors import InputError

RECORD = ".surgtools_outputs"

_active: list["OwnOutputs"] = []


@contextmanager
def own_outputs(
    place: str | Path, overwrite: bool = False, record: bool | None = None
) -> Iterator[None]:
    """Let ``files.write_whole`` replace only what an earlier run wrote, as long as the block runs.

    A file that would become what it is already does no harm, whoever wrote it.

    Args:
        place: a folder with all below it; or a file, with those beside it.
        overwrite: the user wants everything to be replaced.
        record: whether a list is kept; by default for folders.
    """
    place = Path(place)
    is_folder = record if record is not None else place.is_dir() or not place.suffix
    guard = OwnOutputs(place if is_folder else place.parent, overwrite, is_folder)
    _active.append(guard)
    try:
        yield
    finally:
        _active.remove(guard)


def settle(part: Path, target: Path) -> None:
    """Say whether a new file may take the place of another, and remember it as ours.

    Args:
        part: the new file, complete.
        target: what it is to replace, if that is there.

    Raises:
        InputError: the old file is not ours to replace.
        OSError: a file cannot be read, or the list cannot be written.
    """
    for guard in _active:
        guard.settle(part, target)


class OwnOutputs:
    """The files of one output folder that earlier runs wrote.

    Args:
        folder: the output folder; it need not exist.
        overwrite: replace other files, too.
        record: whether the folder has a list of them; without one only equal files are replaced.
    """

    def __init__(self, folder: Path, overwrite: bool, record: bool) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._overwrite, self._record = overwrite, record
        self._known: set[str] | None = None

    def settle(self, part: Path, target: Path) -> None:
        """See ``settle``; files elsewhere do not matter."""
        target = Path(os.path.realpath(target))
        if not target.is_relative_to(self._folder):
            return
        name = target.relative_to(self._folder).as_posix()
        new = _line(part, name)
        if not self._overwrite and target.is_file() and target.stat().st_size:
            old = _line(target, name)
            if old != new and old not in self._lines():
                raise InputError(
                    f"{target}: is there, and is not as an earlier run wrote it; remove it, "
                    "choose another place, or give --overwrite"
                )
        if self._record and new not in self._lines():
            self._add(new)

    def _lines(self) -> set[str]:
        if self._known is None:
            self._known = set()
            file = self._folder / RECORD
            if self._record and file.is_file():
                self._known = set(file.read_text("utf-8", "replace").splitlines())
        return self._known

    def _add(self, line: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(
            os.open(self._folder / RECORD, flags, 0o666), "w", encoding="utf-8"
        ) as file:
            file.write(f"{line}\n")
        self._lines().add(line)


def _line(file: Path, name: str) -> str:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=16))
    return f"{digest.hexdigest()} {InputError(name)}"  # one line, whatever the name
