"""Write files whole: a killed process leaves the old file or the new one, never half of one."""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.own_outputs import settle


@contextmanager
def write_whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it when the block ends without an error.

    The temporary name keeps the suffix, so that encoders that look at it work. A link stays a
    link: the file that it leads to is replaced. Into a pipe or a device such as ``/dev/stdout``
    the bytes are written, for a rename would put a plain file in its place.

    Raises:
        InputError: the folder cannot be made or written, ``path`` is a folder, or a file is there
            that is not ours to replace, see ``own_outputs``.
    """
    path = Path(path)
    try:
        target = _target(path)
        part = _new_part(target or Path(tempfile.gettempdir(), path.name))
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        try:
            yield part
        except OSError as error:
            named = error.filename is not None and error.filename2 is None  # a copy names two
            if error.errno in (errno.ENOSPC, errno.EDQUOT) and not named:
                error.filename, error.filename2 = str(path), None
            raise
        try:
            _put(part, target, path)
        except OSError as error:
            raise _cannot_write(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_json(path: str | Path, content: Any, indent: int | None = None) -> None:
    """Write JSON whole.

    Raises:
        InputError: a number is NaN or infinite, which no JSON reader has to accept, or the
            content is nested without end; nothing is written then.
    """
    try:
        text = json.dumps(content, indent=indent, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: cannot be written as JSON ({error}); mend what the number stems from"
        ) from error
    with write_whole(path) as part:
        part.write_text(text)


def read_json(path: str | Path) -> Any:
    """Read JSON.

    Raises:
        InputError: the file is missing, unreadable or no JSON; the message says where.
    """
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: is a folder; name a file in it") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a readable text file") from error
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deeply; write it again") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}: line {error.lineno} column {error.colno} is not JSON ({error.msg}); "
            "the file may be cut off, write it again"
        ) from error
    except ValueError as error:  # a whole number of more digits than Python reads
        raise InputError(f"{path}: cannot be read ({error}); write it again") from error


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file's content in hexadecimal digits, read piece by piece.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def natural_order(path: Path) -> tuple[list[list[str | int]], str]:
    """Sorting key of files as people count: ``frame_2`` before ``frame_10``, folder by folder."""
    parts = [re.split(r"(\d+)", part) for part in path.parts]
    return [[int(t) if n % 2 else t for n, t in enumerate(part)] for part in parts], str(path)


def _target(path: Path) -> Path | None:
    """The plain file to replace, links followed; None for what must be written into.

    Raises:
        OSError: the path is a folder, a disk, or cannot be looked at.
    """
    folder = os.path.realpath(path.parent)
    if (folder == "/dev" or folder.startswith("/proc/")) and os.path.lexists(path):
        return None  # not a file on a disk but something that the system holds open
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    if stat.S_ISREG(mode):
        return target
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(0, "it is a folder")
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        return None
    raise OSError(0, "it is no plain file")


def _new_part(target: Path) -> Path:
    """Make an empty file beside the target; the user's umask decides who may read it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".part-{secrets.token_hex(6)}{target.suffix}")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return part


def _put(part: Path, target: Path | None, path: Path) -> None:
    if target is None:
        with part.open("rb") as source, path.open("ab") as sink:
            shutil.copyfileobj(source, sink)
        return
    settle(part, target)
    if target.exists():
        shutil.copymode(target, part)
    os.replace(part, target)


def _cannot_write(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be written ({error.strerror}); choose a folder that can be")
