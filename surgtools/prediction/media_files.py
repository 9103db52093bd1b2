"""Which files of a folder are pictures and videos, and which of them are worth a word.

What the system or a program put there is passed over: hidden files and folders, `._x` of macOS,
thumbnails, and what ``predict`` itself drew. Pictures of a kind that cannot be read are reported.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from surgtools.files import natural_order
from surgtools.images import IMAGE_SUFFIXES, UNREADABLE_SUFFIXES
from surgtools.prediction.video import VIDEO_SUFFIXES

_OF_SYSTEMS = frozenset(("__macosx", "$recycle.bin", "system volume information", "@eadir"))

Complain = Callable[[Path, str], None]


def media_below(folder: Path, complain: Complain, out_dir: Path | None = None) -> list[Path]:
    """Pictures and videos of a folder and its subfolders, linked ones too, each folder once.

    Args:
        folder: where to look.
        complain: called with what is left out though the user may count on it, and why.
        out_dir: where the results go: what is drawn there is no input.

    Returns:
        Files in the order in which people count.
    """
    found = []
    for path in _files_below(folder, complain, out_dir, set()):
        if is_media(path, complain):
            found.append(path)
    return sorted(found, key=natural_order)


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

    def closed(error: OSError) -> None:
        complain(Path(error.filename), f"cannot be opened ({error.strerror}); check its rights")

    for parent, folders, files in os.walk(folder, onerror=closed):
        here = Path(parent)
        real = os.path.realpath(here)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        drawn = _drawn_folders(here, out_dir)
        folders[:] = [
            name
            for name in sorted(folders)
            if not (name.startswith(".") or name.lower() in _OF_SYSTEMS or name in drawn)
        ]
        links += [here / name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in files)
    for link in links:
        if not _is_above(link, folder):  # a link to where it hangs has nothing new below it
            yield from _files_below(link, complain, out_dir, seen)


def _is_above(link: Path, folder: Path) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(link))


def _drawn_folders(folder: Path, out_dir: Path | None) -> set[str]:
    """Subfolders of a result folder that hold what ``predict`` drew or ``adapt`` took."""
    settings = _settings_of_run(folder / "predictions.json")
    is_ours = out_dir is not None and os.path.realpath(folder) == os.path.realpath(out_dir)
    drawn = set()
    if is_ours or (settings is not None and not settings.get("no_draw")):
        drawn.add("visualizations")
    if settings is not None:
        drawn |= {name for name, key in _OPTIONAL.items() if settings.get(key)}
    if (folder / "work" / "settings.json").is_file():
        drawn.add("work")
    return drawn


_OPTIONAL = {"frames": "save_frames", "crops": "crop"}


def _settings_of_run(path: Path) -> dict | None:
    """Settings in the first line of a predictions.json; None when it is none."""
    try:
        with path.open(encoding="utf-8") as file:
            head = file.readline(1_000_000)
        meta = json.loads(head.rstrip().rstrip(",") + "}")["meta_info"]
        return dict(meta["settings"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
