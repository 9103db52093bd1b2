"""Make paths from names that stand in files, and refuse those that lead out of their folder.

An annotation file, a ``data.yaml`` or a predictions file says where its pictures lie. Such a name
may be absolute, climb out with ``..``, or run through a link. Joined to an output folder it would
write over files that are none of ours, so every such name becomes a path here and nowhere else.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from surgtools.errors import InputError

MAX_NAME, MAX_PATH = 255, 4095
"""Bytes that file systems allow for one part of a path, and for all of it."""

_DRIVE = re.compile(r"[A-Za-z]:")


def path_to_write(folder: str | Path, name: object, where: str) -> Path:
    """Where a file of this name goes below an output folder.

    Args:
        folder: the output folder; it need not exist.
        name: as it stands in a file. ``/`` and ``\\`` both separate its parts.
        where: what named it, for the message: ``train.json: image 7``.

    Raises:
        InputError: the name is absolute, has ``..``, a drive letter, a NUL or a part over 255
            bytes, or a link on its way leads out of the folder.
    """
    parts = _parts_below(_checked(name, where), where)
    path = Path(folder, *parts)
    _refuse_long(path, where)
    if not _is_below(path, Path(folder)):
        raise InputError(
            f"{where}: {_shown(name)} runs through a link out of {folder}; remove the link or "
            "choose another output folder"
        )
    return path


def path_to_read(
    folder: str | Path,
    name: object,
    where: str,
    allow_outside: bool = False,
    dataset: str | Path | None = None,
    follow_links: bool = False,
) -> Path:
    """Where the file of this name lies; it may be missing.

    Windows' backslashes and ``%20`` for a blank are understood where no file has the name as it
    stands.

    Args:
        folder: what the name is relative to.
        name, where: see ``path_to_write``.
        allow_outside: the user trusts the file: names may lead anywhere.
        dataset: nothing outside of it is read; by default ``folder``, or the folder above when
            that is called ``images``.

    Raises:
        InputError: no usable name, or it leads out of the data set, by ``..``, as an absolute
            name or through a link, and the user did not allow it.
    """
    path = _as_spelled(Path(folder), _checked(name, where))
    _refuse_long(path, where)
    if allow_outside:
        return path
    home = Path(dataset or dataset_of_pictures(folder))
    # The folder itself may be a link to another disk: that is the user's doing.
    if not any(_is_below(path, place, follow_links) for place in (home, Path(folder))):
        trust = "" if follow_links else ", or give --allow-outside if you trust who wrote this"
        way = f"move the file there and rename it{trust}"
        raise InputError(f"{where}: {_shown(name)} leads out of {home}; {way}")
    return path


def dataset_of_pictures(image_root: str | Path) -> Path:
    """The folder above ``images``; any other folder of pictures is a data set of its own."""
    folder = Path(image_root)
    return folder.parent if folder.name == "images" else folder


def name_below(name: object, where: str) -> str:
    """The name with ``/`` between its parts.

    Raises:
        InputError: it would lead out of any folder; see ``path_to_write``.
    """
    return "/".join(_parts_below(_checked(name, where), where))


def is_absolute(name: str) -> bool:
    """Whether a name begins at a root or a drive, on Linux or Windows."""
    return name.startswith(("/", "\\")) or _DRIVE.match(name) is not None


def nearest_below(name: str) -> str:
    """The name without what leads out of a folder: root, drive and ``..``."""
    words = _DRIVE.sub("", name, count=1) if _DRIVE.match(name) else name
    parts = words.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _checked(name: object, where: str) -> str:
    if not isinstance(name, str) or not name:
        raise InputError(f"{where}: {_shown(name)} is no file name; a text is expected")
    if "\0" in name:
        raise InputError(f"{where}: {_shown(name)} has a NUL in it; rename the file")
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        raise InputError(
            f"{where}: {_shown(name)} cannot be the name of a file; rename it"
        ) from error
    return name


def _parts_below(name: str, where: str) -> list[str]:
    words = name.replace("\\", "/").split("/")
    if is_absolute(name):
        raise InputError(f"{where}: {_shown(name)} is absolute; {_RELATIVE}")
    if ".." in words:
        raise InputError(f"{where}: {_shown(name)} leads out of its folder; {_RELATIVE}")
    parts = [word for word in words if word not in ("", ".")]
    if not parts:
        raise InputError(f"{where}: {_shown(name)} names no file; {_RELATIVE}")
    return parts


_RELATIVE = "names relative to the folder of the pictures are expected, without `..`"


def _refuse_long(path: Path, where: str) -> None:
    longest = max(path.parts, key=lambda part: len(os.fsencode(part)), default="")
    if len(os.fsencode(longest)) > MAX_NAME:
        raise InputError(
            f"{where}: the name {_shown(longest)} has {len(os.fsencode(longest))} bytes, file "
            f"systems allow {MAX_NAME}; shorten it"
        )
    if len(os.fsencode(path)) > MAX_PATH:
        raise InputError(
            f"{where}: the path {_shown(str(path))} has {len(os.fsencode(path))} bytes, systems "
            f"allow {MAX_PATH}; shorten it"
        )


def _as_spelled(folder: Path, name: str) -> Path:
    """The first spelling of the name that a file has, else the name as it stands."""
    path = folder / name
    if os.path.lexists(path):
        return path
    slashes = name.replace("\\", "/")
    for other in (slashes, unquote(name), unquote(slashes)):
        if other != name and "\0" not in other and os.path.lexists(folder / other):
            return folder / other
    return path


def _is_below(path: Path, folder: Path, by_name: bool = False) -> bool:
    """Whether the path, all links followed or none, is in the folder."""
    resolve = os.path.abspath if by_name else os.path.realpath
    real, base = resolve(path), resolve(folder)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def _shown(name: object) -> str:
    """In quotes, control characters escaped, and not longer than a line."""
    text = repr(name)
    return text if len(text) <= 100 else f"{text[:60]}...{text[-30:]}"
