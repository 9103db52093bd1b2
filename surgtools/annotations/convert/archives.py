"""Read a .zip as labelling tools export it: unpacked into a folder that goes away again."""

import errno
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surgtools.errors import InputError
from surgtools.images import IMAGE_SUFFIXES
from surgtools.safe_names import path_to_write

_SUFFIXES = IMAGE_SUFFIXES | {".json", ".txt", ".xml", ".yaml", ".yml"}
_MOST_TIMES, _ALWAYS_FINE = 200, 100_000_000
"""An archive may unpack to so many times its size; small ones to 100 MB."""


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """Yield the folder of an unpacked archive, or the path itself when it is no archive.

    Only annotations and pictures are unpacked. What goes wrong while the folder is open is
    reported with the archive's name.

    Raises:
        InputError: the archive is damaged, holds names that lead out of it, or unpacks to far
            more than it holds.
    """
    if not (path.is_file() and zipfile.is_zipfile(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="surgtools-") as folder:
        try:
            _unpack(path, Path(folder))
            yield _only_folder(Path(folder))
        except InputError as error:
            shown = str(error).replace(f"{_only_folder(Path(folder))}/", f"{path}: ")
            shown = shown.replace(str(_only_folder(Path(folder))), str(path))
            raise InputError(shown) from error


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_wanted(member)]
            _refuse_bomb(members, path)
            for member in members:
                target = path_to_write(folder, member.filename, str(path))
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as file:
                    while chunk := source.read(1 << 20):
                        file.write(chunk)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,  # encrypted
        UnicodeError,
        ValueError,
        OSError,
    ) as error:
        if isinstance(error, InputError) or getattr(error, "errno", None) == errno.ENOSPC:
            raise
        raise InputError(
            f"{path}: cannot be unpacked ({error}); unpack it yourself and give the folder"
        ) from error


def _is_wanted(member: zipfile.ZipInfo) -> bool:
    """Annotations and pictures, without what macOS and notebooks leave behind."""
    parts = member.filename.replace("\\", "/").split("/")
    hidden = any(part.startswith(".") and part.strip(".") for part in parts)
    suffix = Path(parts[-1]).suffix.lower()
    return suffix in _SUFFIXES and not hidden and "__MACOSX" not in parts


def _refuse_bomb(members: list[zipfile.ZipInfo], path: Path) -> None:
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if size > max(_ALWAYS_FINE, _MOST_TIMES * packed):
        raise InputError(
            f"{path}: unpacks from {packed} to {size} bytes; if you trust it, unpack it yourself "
            "and give the folder"
        )


def _only_folder(folder: Path) -> Path:
    """The folder's only entry when that is a folder: people pack folders with their name."""
    entries = list(folder.iterdir())
    inner = entries[0] if len(entries) == 1 else None
    packed = inner is not None and inner.is_dir() and inner.name not in ("images", "labels")
    return inner if packed else folder
