"""What a user may point at: files, folders, globs, videos, streams, webcams, arrays.

``find_sources`` says at once what is there; ``read_frames`` then reads lazily. One unreadable
input is reported and never costs the results of the others.
"""

import glob
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import natural_order
from surgtools.images import IMAGE_SUFFIXES, as_bgr, read_image
from surgtools.prediction.video import VIDEO_SUFFIXES, VideoReader

STREAM_PREFIXES = ("rtsp://", "rtsps://", "rtmp://", "udp://", "http://", "https://")


@dataclass(frozen=True)
class Source:
    """One input.

    Attributes:
        name: as written to the results: path, URL, ``camera:0`` or ``array:0``.
        kind: ``image``, ``video``, ``camera`` or ``array``.
        stem: unique name for files that are made from it, may contain folders.
    """

    name: str
    kind: str
    stem: str
    array: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def is_video(self) -> bool:
        return self.kind in ("video", "camera")


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
class Problem:
    """An input that could not be used, wholly or in part."""

    source: str
    message: str
    bad_frames: int = 0

    def to_json(self) -> dict:
        entry = {"source": self.source, "message": self.message}
        return entry | ({"bad_frames": self.bad_frames} if self.bad_frames else {})


Report = Callable[[Problem], None]


def find_sources(inputs: Any, report: Report) -> list[Source]:
    """Turn what the user gave into sources; what is not there is reported.

    Args:
        inputs: a path, glob, folder (searched with its subfolders), URL, webcam number, BGR
            array, or any list of these.
        report: called once per input that is of no use.
    """
    if isinstance(inputs, str | Path | int | np.ndarray):
        inputs = [inputs]
    found: list[Source] = []
    taken: set[str] = set()

    def add(name: str, kind: str, stem: str, array: np.ndarray | None = None) -> None:
        unique, count = stem, 1
        while unique in taken:
            count += 1
            unique = f"{stem}_{count}"
        taken.add(unique)
        found.append(Source(name, kind, unique, array))

    for item in inputs:
        if isinstance(item, np.ndarray):
            number = sum(s.kind == "array" for s in found)
            add(f"array:{number}", "array", f"array_{number:06d}", item)
        elif isinstance(item, int) or (str(item).isdigit() and not Path(item).exists()):
            add(f"camera:{item}", "camera", f"camera_{item}")
        elif str(item).startswith(STREAM_PREFIXES):
            add(str(item), "video", "stream")
        else:
            files = _find_files(Path(item), report)
            for path, root in files:
                stem = path.relative_to(root).with_suffix("").as_posix()
                add(str(path), _kind_of(path), stem)
    return found


def _find_files(path: Path, report: Report) -> list[tuple[Path, Path]]:
    """Files under ``path``, each with the folder that its output name is relative to."""
    known = IMAGE_SUFFIXES | VIDEO_SUFFIXES
    if path.is_dir():
        files = [
            p
            for p in path.rglob("*")
            if p.suffix.lower() in known and not p.name.startswith(".") and p.is_file()
        ]
        if not files:
            report(Problem(str(path), "the folder holds no pictures and no videos"))
        return [(p, path) for p in sorted(files, key=natural_order)]
    if path.exists():
        return [(path, path.parent)]
    if glob.has_magic(str(path)):
        matches = map(Path, glob.glob(str(path), recursive=True))
        files = [p for p in matches if p.is_file() and p.suffix.lower() in known]
        if not files:
            report(Problem(str(path), "the pattern matches no pictures and no videos"))
        return [(p, p.parent) for p in sorted(files, key=natural_order)]
    report(Problem(str(path), "no such file; check the path"))
    return []


def _kind_of(path: Path) -> str:
    """By suffix; a file with a strange one is a video when FFmpeg's container says so."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return "image"
    if suffix in VIDEO_SUFFIXES:
        return "video"
    return "image" if cv2.haveImageReader(str(path)) else "video"


def read_frames(
    sources: Iterable[Source],
    report: Report,
    stride: int = 1,
    max_frames: int | None = None,
) -> Iterator[Frame]:
    """Read the sources one after the other; frames that cannot be read are reported.

    Args:
        stride: of a video every ``stride``-th frame is taken.
        max_frames: of each video at most so many frames.
    """
    image_id = 0
    for source in sources:
        try:
            for frame in _read_source(source, report, stride, max_frames):
                image_id += 1
                yield Frame(source, frame.image, frame.frame_id, frame.time_s, frame.fps, image_id)
        except InputError as error:
            message = str(error).removeprefix(f"{source.name}: ")
            report(Problem(source.name, message))
            if not source.is_video:
                image_id += 1  # so that ids do not depend on which pictures are damaged


def count_frames(
    sources: Iterable[Source], stride: int = 1, max_frames: int | None = None
) -> int | None:
    """About how many frames ``read_frames`` will give; None when a stream has no end."""
    total = 0
    for source in sources:
        if not source.is_video:
            total += 1
            continue
        if source.kind == "camera" or source.name.startswith(STREAM_PREFIXES):
            return None
        try:
            with VideoReader(source.name) as reader:
                frames = reader.num_frames
        except InputError:
            continue
        if frames is None:
            return None
        frames = -(-frames // stride)
        total += frames if max_frames is None else min(frames, max_frames)
    return total


def _read_source(
    source: Source, report: Report, stride: int, max_frames: int | None
) -> Iterator[Frame]:
    if source.kind == "array":
        yield Frame(source, as_bgr(source.array, source.name))
    elif source.kind == "image":
        yield Frame(source, read_image(source.name))
    elif source.kind == "camera":
        yield from _read_camera(source, stride, max_frames)
    else:
        yield from _read_video(source, report, stride, max_frames)


def _read_video(
    source: Source, report: Report, stride: int, max_frames: int | None
) -> Iterator[Frame]:
    taken = 0
    with VideoReader(source.name) as reader:
        for frame_id, time_s, image in reader:
            if max_frames is not None and taken >= max_frames:
                break
            if frame_id % stride == 0:
                taken += 1
                yield Frame(source, image, frame_id, time_s, reader.fps / stride)
        bad, missing = reader.bad_frames, reader.missing_s
    if not taken:
        raise InputError(
            f"{source.name}: not one frame can be decoded ({bad} damaged); re-encode it"
        )
    if bad:
        report(Problem(source.name, f"{bad} damaged frames were skipped", bad))
    elif missing:
        report(Problem(source.name, f"ends {missing:.1f} s early; the file seems to be cut off"))


def _read_camera(source: Source, stride: int, max_frames: int | None) -> Iterator[Frame]:
    number = int(source.name.removeprefix("camera:"))
    camera = cv2.VideoCapture(number)
    try:
        if not camera.isOpened():
            raise InputError(f"{source.name}: no such webcam; check the number and its cable")
        fps = camera.get(cv2.CAP_PROP_FPS) or 30.0
        start = cv2.getTickCount()
        frame_id = 0
        while max_frames is None or frame_id < max_frames * stride:
            alive, image = camera.read()
            if not alive:
                return
            if frame_id % stride == 0:
                time_s = (cv2.getTickCount() - start) / cv2.getTickFrequency()
                yield Frame(source, image, frame_id, time_s, fps / stride)
            frame_id += 1
    finally:
        camera.release()
