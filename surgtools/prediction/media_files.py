"""Which files of a folder are pictures and videos, and which of them are worth a word.

What the system or a program put there is passed over: hidden files and folders, `._x` of macOS,
thumbnails, and what ``predict`` itself drew. Pictures of a kind that cannot be read are reported.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from surgtools.images import IMAGE_SUFFIXES, UNREADABLE_SUFFIXES
from surgtools.prediction.long_lists import in_natural_order
from surgtools.prediction.video import VIDEO_SUFFIXES

_OF_SYSTEMS = frozenset(("__macosx", "$recycle.bin", "system volume information", "@eadir"))

Complain = Callable[[Path, str], None]


def media_below(folder: Path, complain: Complain, out_dir: Path | None = None) -> Iterator[Path]:
    """Pictures and videos of a folder and its subfolders, linked ones too, each folder once.

    They are looked for when the first is asked for; memory does not grow with their number.

    Args:
        folder: where to look.
        complain: called with what is left out though the user may count on it, and why.
        out_dir: where the results go: what is drawn there is no input.

    Returns:
        Files in the order in which people count.
    """
    files = _files_below(folder, complain, out_dir, set())
    return in_natural_order(path for path in files if is_media(path, complain))


def is_media(path: Path, complain: Complain) -> bool:
    """Whether a file found by looking around, not by name, is to be read."""
    suffix = path.suffix.lower()
    if path.name.startswith("."):
        return False
    if suffix in UNREADABLE_SUFFIXES and path.is_file():
        complain(path, f"{suffix} cannot be read; convert it to JPEG or MP4")
    if suffix not in IMAGE_SUFFIXES | VIDEO_SUFFIXES:
        return False
    if path.is_symlink() and not path.exists():
        complain(path, "a link to a file that is not there; check the link")
    return path.is_file()


def _files_below(
    folder: Path, complain: Complain, out_dir: Path | None, seen: set[str]
) -> Iterator[Path]:
    """All files, real folders before linked ones, so that each keeps its own name."""
    links: list[Path] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if real in seen:
            continue
        seen.add(real)
        drawn = _drawn_folders(here, out_dir)
        folders = []
        try:
            with os.scandir(here) as entries:  # not os.walk, which lists a whole folder first
                for entry in entries:
                    if not _is_folder(entry):
                        yield here / entry.name
                    elif not _is_of_system(entry.name) and entry.name not in drawn:
                        folders.append((entry.name, entry.is_symlink()))
        except OSError as error:
            complain(here, f"cannot be opened ({error.strerror}); check its rights")
        links += [here / name for name, linked in sorted(folders) if linked]
        waiting += [here / name for name, linked in sorted(folders, reverse=True) if not linked]
    for link in links:
        if not _is_above(link, folder):  # a link to where it hangs has nothing new below it
            yield from _files_below(link, complain, out_dir, seen)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_of_system(folder: str) -> bool:
    return folder.startswith(".") or folder.lower() in _OF_SYSTEMS


def _is_above(link: Path, folder: Path) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(link))


def _drawn_folders(folder: Path, out_dir: Path | None) -> set[str]:
    """Subfolders of a result folder that hold what ``predict`` drew or ``adapt`` took."""
    runs = [_settings_in(folder / "predictions.json", _head)]
    runs += [_settings_in(path, _whole) for path in folder.glob(".predictions/*/origin.json")]
    is_ours = out_dir is not None and os.path.realpath(folder) == os.path.realpath(out_dir)
    drawn = {"visualizations"} if is_ours else set()
    for settings in filter(None, runs):
        drawn |= {name for name, key in _OPTIONAL.items() if settings.get(key)}
        if not settings.get("no_draw"):
            drawn.add("visualizations")
    if (folder / "work" / "settings.json").is_file():
        drawn.add("work")
    return drawn


_OPTIONAL = {"frames": "save_frames", "crops": "crop"}


def _settings_in(path: Path, read: Callable[[TextIO], dict]) -> dict | None:
    """Settings of a run; None when the file is none of ours."""
    try:
        with path.open(encoding="utf-8") as file:
            return dict(read(file))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _head(file: TextIO) -> dict:
    """Of a predictions.json, which may be long: what its first line says."""
    return json.loads(file.readline(1_000_000).rstrip().rstrip(",") + "}")["meta_info"]["settings"]


def _whole(file: TextIO) -> dict:
    """Of what a run that was not joined left."""
    return json.loads(file.read(1_000_000))["settings"]
