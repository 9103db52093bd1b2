"""Write files whole: a killed process leaves the old file or the new one, never half of one."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surgtools.errors import InputError


@contextmanager
def write_whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it when the block ends without an error.

    The temporary name keeps the suffix, so that encoders that look at it work.

    Raises:
        InputError: the folder cannot be made or written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); choose a folder that can be"
        ) from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: str | Path, content: Any, indent: int | None = None) -> None:
    """Write JSON whole; refuses NaN, which no JSON reader has to accept."""
    with write_whole(path) as part:
        part.write_text(json.dumps(content, indent=indent, allow_nan=False))


def read_json(path: str | Path) -> Any:
    """Read JSON.

    Raises:
        InputError: the file is missing, unreadable or no JSON; the message says where.
    """
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
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


def natural_order(path: Path) -> tuple[list[list[str | int]], str]:
    """Sorting key of files as people count: ``frame_2`` before ``frame_10``, folder by folder."""
    parts = [re.split(r"(\d+)", part) for part in path.parts]
    return [[int(t) if n % 2 else t for n, t in enumerate(part)] for part in parts], str(path)
