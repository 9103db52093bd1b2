"""Lists of names that may be too long for memory: kept on disk, in order and without doubles.

SQLite holds them in a file of its own that has no name and ends with the process.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from surgtools.errors import InputError

PAGE = 1000
"""Rows in memory at a time."""


class NameSet:
    """Names that were seen, as many as there are."""

    def __init__(self) -> None:
        with told():
            self._base = private_base("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")

    def add(self, name: str) -> None:
        """Remember a name."""
        with told():
            self._base.execute("INSERT OR IGNORE INTO names VALUES (?)", (_bytes(name),))

    def __contains__(self, name: str) -> bool:
        with told():
            found = self._base.execute("SELECT 1 FROM names WHERE name = ?", (_bytes(name),))
            return found.fetchone() is not None


def in_natural_order(paths: Iterable[Path]) -> Iterator[Path]:
    """The paths as people count them, see ``natural_order``; all are taken in before the first.

    Raises:
        InputError: the disk for temporary files is full.
    """
    rows = ((_natural_key(path), _bytes(str(path))) for path in paths)
    with told():
        base = private_base("CREATE TABLE paths (key BLOB, path BLOB)")
        base.executemany("INSERT INTO paths VALUES (?, ?)", rows)
    found = base.execute("SELECT path FROM paths ORDER BY key, path")
    while True:
        with told():
            some = found.fetchmany(PAGE)
        if not some:
            return
        yield from (Path(_text(path)) for (path,) in some)


def private_base(table: str) -> sqlite3.Connection:
    """A database on disk that no other process sees, with one table."""
    base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    base.execute("PRAGMA journal_mode = OFF")
    base.execute(table)
    base.execute("BEGIN")  # never ended: nothing of it is kept
    return base


@contextmanager
def told() -> Iterator[None]:
    """Say in one line what ails the disk.

    Raises:
        InputError: it does.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(
            f"the list of inputs cannot be kept ({error}); set TMPDIR to a folder with room"
        ) from error


def _natural_key(path: Path) -> bytes:
    """Bytes that sort as ``natural_order`` does: each part is text, number, text, ...

    Text ends with a zero byte. A number is told by its length first.
    """
    key = bytearray()
    for part in path.parts:
        for position, token in enumerate(re.split(r"(\d+)", part)):
            if position % 2:
                digits = "".join(str(int(digit)) for digit in token).lstrip("0") or "0"
                key += b"\1" + len(digits).to_bytes(2, "big") + digits.encode()
            else:
                key += _bytes(token) + b"\0"
        key += b"\0"
    return bytes(key)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")
