"""Find and read what a user points at: files, folders, globs, videos, streams, webcams, arrays.

``find_sources`` says at once what is there, ``stream_sources`` one by one;
``frame_reader.read_frames`` then reads it. One unusable input is reported and never costs the
results of the others.
"""

import glob
import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np

from surgtools.errors import hide_passwords
from surgtools.images import IMAGE_SUFFIXES, UNREADABLE_SUFFIXES
from surgtools.prediction.long_lists import NameSet, in_natural_order
from surgtools.prediction.media_files import is_media, media_below
from surgtools.prediction.video import VIDEO_SUFFIXES, is_address


@dataclass(frozen=True)
class Source:
    """One input.

    Attributes:
        name: as written to the results: path, URL without password, ``camera:0``, ``array:0``.
        kind: ``image``, ``video``, ``camera`` or ``array``.
        stem: unique name for files that are made from it, may contain folders.
        address: what to open, where that is not the name.
        group: a batch holds pictures of one group; the digits of a result may depend on what it
            was computed with.
    """

    name: str
    kind: str
    stem: str
    array: np.ndarray | None = field(default=None, repr=False, compare=False)
    address: str = field(default="", repr=False, compare=False)
    group: int = field(default=0, repr=False, compare=False)

    @property
    def is_video(self) -> bool:
        return self.kind in ("video", "camera")

    @property
    def is_live(self) -> bool:
        return self.kind == "camera" or is_address(self.name)


class SourceStream(ABC):
    """Sources with stems of their own, given one by one as often as somebody asks for them."""

    @abstractmethod
    def __iter__(self) -> Iterator[Source]: ...


@dataclass(frozen=True)
class Frame:
    """One picture on its way through the pipeline; ``image`` is (H, W, 3) BGR uint8."""

    source: Source
    image: np.ndarray = field(repr=False)
    frame_id: int | None = None
    time_s: float | None = None
    fps: float = 30.0
    image_id: int = 0


@dataclass(frozen=True)
class InputProblem:
    """An input that could not be used, wholly or in part; no password of it is told."""

    source: str
    message: str
    bad_frames: int = 0

    def __post_init__(self) -> None:
        for name in ("source", "message"):
            object.__setattr__(self, name, hide_passwords(getattr(self, name)))

    def to_json(self) -> dict:
        entry = {"source": self.source, "message": self.message}
        return entry | ({"bad_frames": self.bad_frames} if self.bad_frames else {})


Report = Callable[[InputProblem], None]

_FRAME_OF = re.compile(r"(.+)_\d{6,}")
"""What a frame of a video is called among crops; a picture may not be called so beside it."""

MAX_STEM = 200
"""Bytes of a part of a stem; longer ones are cut and marked."""


def find_sources(inputs: Any, report: Report, out_dir: Path | None = None) -> list[Source]:
    """What ``stream_sources`` gives, as a list."""
    return list(stream_sources(inputs, report, out_dir))


def stream_sources(
    inputs: Any,
    report: Report,
    out_dir: Path | None = None,
    again: Callable[[Path], None] | None = None,
) -> Iterator[Source]:
    """Turn what the user gave into sources; what is not there is reported.

    Memory does not grow with the number of files.

    Args:
        inputs: a path, glob, folder (searched with its subfolders), URL, webcam number, BGR
            array, source that was found before, or any list of these.
        report: called once per input that is of no use.
        out_dir: where results go: what an earlier run drew there is no input.
        again: called with a file that is named once more, which is then left out; without it,
            such a file is another source.
    """
    one = str | bytes | Path | int | np.ndarray | Source
    if isinstance(inputs, one) or not isinstance(inputs, Iterable):
        inputs = [inputs]
    names, arrays, files = _Stems(), count(), NameSet()
    for item in inputs:
        text = str(item) if isinstance(item, str | Path) else ""
        if isinstance(item, Source):
            yield replace(item, stem=names.unique(item.stem, item.is_video))
        elif isinstance(item, np.ndarray):
            number = next(arrays)
            stem = names.unique(f"array_{number:06d}", False)
            yield Source(f"array:{number}", "array", stem, array=item)
        elif type(item) is int or (_is_number(text) and not Path(text).exists()):  # no bool
            stem = names.unique(f"camera_{int(item)}", True)
            yield Source(f"camera:{int(item)}", "camera", stem)
        elif is_address(text):
            stem = names.unique(stem_of_url(text), True)
            yield Source(hide_passwords(text), "video", stem, address=text)
        elif not text.strip() or "\0" in text:
            shown = repr(item) if isinstance(item, str | Path) else f"<{type(item).__name__}>"
            todo = "give a path, a URL, a number or a BGR array"
            report(InputProblem(shown, f"is no name of a file; {todo}"))
        else:
            for path, root in _find_files(Path(text), report, out_dir):
                if again is not None:
                    place = os.path.join(os.path.realpath(path.parent), path.name)
                    if place in files:
                        again(path)
                        continue
                    files.add(place)
                stem, kind = path.relative_to(root).with_suffix("").as_posix(), _kind_of(path)
                yield Source(str(path), kind, names.unique(stem, kind == "video"))


class _Stems:
    """Give every source a stem of its own, also among the frames of videos."""

    def __init__(self) -> None:
        self._taken, self._films, self._like_frames = NameSet(), NameSet(), NameSet()

    def unique(self, stem: str, film: bool) -> str:
        """The stem, shortened, with a number behind it where it is taken."""
        stem = _short(stem)
        unique, number = stem, 1
        while self._is_taken(unique, film):
            number += 1
            unique = f"{stem}_{number}"
        self._taken.add(unique)
        if film:
            self._films.add(unique)
        elif like := _FRAME_OF.fullmatch(unique):
            self._like_frames.add(like[1])
        return unique

    def _is_taken(self, stem: str, film: bool) -> bool:
        if stem in self._taken:
            return True
        like = _FRAME_OF.fullmatch(stem)
        return stem in self._like_frames if film else bool(like and like[1] in self._films)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _short(stem: str) -> str:
    """The stem with room for what is put after it: file systems allow 255 bytes a name."""
    parts = []
    for part in stem.split("/"):
        raw = os.fsencode(part)
        if len(raw) > MAX_STEM:
            mark = hashlib.sha256(raw).hexdigest()[:8]
            part = f"{os.fsdecode(raw[: MAX_STEM - 9]).encode(errors='ignore').decode()}~{mark}"
        parts.append(part)
    return "/".join(parts)


def stem_of_url(url: str) -> str:
    """The file name in a URL without its query, as a name that any file system takes."""
    try:
        name = PurePosixPath(unquote(urlsplit(url).path)).stem
    except ValueError:  # no address after all; who opens it says so
        name = ""
    return "".join(c if c.isalnum() or c in "-_. " else "_" for c in name).strip(". ") or "stream"


def _find_files(path: Path, report: Report, out_dir: Path | None) -> Iterator[tuple[Path, Path]]:
    """Files under ``path``, each with the folder that its output name is relative to."""
    left_out = []

    def complain(file: Path, why: str) -> None:
        left_out.append(InputProblem(str(file), why))

    nothing, root, empty = "no such file; check the path", path, True
    try:
        if path.is_dir():
            files: Iterable[Path] = media_below(path, complain, out_dir)
            nothing = "the folder holds no pictures and no videos"
        elif path.exists():
            files, root = [path], path.parent
        elif glob.has_magic(str(path)):
            matches = map(Path, glob.iglob(str(path), recursive=True))
            files = in_natural_order(p for p in matches if is_media(p, complain))
            nothing = "the pattern matches no pictures and no videos"
            root = None
        else:
            files = []
        for file in files:
            empty = False
            yield file, root or file.parent
    except OSError as error:  # a name that the system does not take, a folder that is closed
        nothing = f"cannot be looked at ({error.strerror}); check the path"
    if empty and not left_out:
        report(InputProblem(str(path), nothing))
    for problem in left_out:
        report(problem)


def _kind_of(path: Path) -> str:
    """By suffix; a file with a strange one is a video when FFmpeg's container says so."""
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in IMAGE_SUFFIXES | UNREADABLE_SUFFIXES or cv2.haveImageReader(str(path)):
        return "image"  # FFmpeg opens HEIC too, and gives the tiles it is made of
    return "video"
