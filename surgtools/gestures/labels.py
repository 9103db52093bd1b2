"""Read label files of gestures: a CSV with video, start, end, label; or video, label.

Times are seconds, or frames counted from 0. Where the columns stand between semicolons or tabs, as
spreadsheets of many countries write them, a comma in a time is its decimal point. A gesture begins
at ``start`` and ends just before ``end``. Where no row says otherwise, nothing is done:
``NO_GESTURE``.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from surgtools.errors import InputError
from surgtools.gestures.seen_videos import SeenVideo
from surgtools.prediction.video import VIDEO_SUFFIXES

NO_GESTURE = "none"
SECONDS, FRAMES = "seconds", "frames"

_SPARE_S = 1.0
"""Seconds by which players and people set the end of a video too late."""


@dataclass(frozen=True)
class Segment:
    """One gesture: from ``start`` to just before ``end``, and the line that says so."""

    start: float
    end: float
    label: str
    line: int


@dataclass(frozen=True)
class LabelFile:
    """What people said of videos.

    Attributes:
        unit: ``SECONDS`` or ``FRAMES``.
        whole: every video has one label and no times.
        segments: video, as the file names it, to its gestures in the order of time.
    """

    path: Path
    unit: str
    whole: bool
    segments: Mapping[str, list[Segment]]

    @property
    def labels(self) -> list[str]:
        """All labels, sorted."""
        return sorted({s.label for own in self.segments.values() for s in own})


def read_label_file(path: str | Path, unit: str = SECONDS, whole: bool = False) -> LabelFile:
    """Read a label file.

    Args:
        unit: of ``start`` and ``end``.
        whole: one label for each video, whatever the times; so it is, too, without those columns.

    Raises:
        InputError: a column or a value is missing, times are no numbers, no whole frames or the
            wrong way around, gestures overlap, or a video has two labels where it may have one.
    """
    path = Path(path)
    rows, timed = _read_rows(path)
    whole = whole or not timed
    segments: dict[str, list[Segment]] = {}
    for line, row in rows:
        segments.setdefault(row["video"], []).append(_segment(row, line, path, unit, whole))
    for video, own in segments.items():
        if whole and len({s.label for s in own}) > 1:
            raise InputError(
                f"{path}: line {own[1].line}: {video} has two labels; one for each video is "
                "expected, or start and end"
            )
        own.sort(key=lambda s: s.start)
        for one, other in zip(own, own[1:], strict=False):
            if not whole and other.start < one.end:
                raise InputError(
                    f"{path}: lines {one.line} and {other.line}: {one.label} and {other.label} "
                    f"of {video} overlap; end the first one where the second begins"
                )
    return LabelFile(path, unit, whole, segments)


def _read_rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], bool]:
    """Rows with their lines, and whether they have times."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            sign = max(",;\t", key=head.count)
            reader = csv.DictReader(file, delimiter=sign)
            names = [str(name).strip().lower() for name in reader.fieldnames or []]
            reader.fieldnames = names
            rows = [
                (reader.line_num, {key: (row.get(key) or "").strip() for key in names})
                for row in reader
            ]
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is no text in UTF-8; save it as such, which spreadsheets call CSV UTF-8"
        ) from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except (OSError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a CSV file") from error
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise InputError(f"{path}: line 1 has two columns {twice[0]}; remove one")
    if not {"video", "label"} <= set(names):
        raise InputError(
            f"{path}: line 1 has no column video or no column label; video,start,end,label or "
            "video,label is expected"
        )
    if not rows:
        raise InputError(f"{path}: holds no row; label at least two videos")
    for line, row in rows:
        for key in ("video", "label"):
            if not row[key]:
                raise InputError(f"{path}: line {line}: {key} is empty; fill it in")
        if sign != ",":
            row.update({k: row[k].replace(",", ".") for k in ("start", "end") if k in row})
    return rows, any(row.get("start") or row.get("end") for _, row in rows)


def _segment(row: dict[str, str], line: int, path: Path, unit: str, whole: bool) -> Segment:
    if whole:
        return Segment(0.0, math.inf, row["label"], line)
    times = []
    for key in ("start", "end"):
        try:
            times.append(float(row.get(key) or ""))
        except ValueError:
            times.append(math.nan)
        if not (math.isfinite(times[-1]) and times[-1] >= 0):
            raise InputError(
                f"{path}: line {line}: {key} is {row.get(key) or ''!r}; a number from 0 on is "
                "expected"
            )
        if unit == FRAMES and not times[-1].is_integer():
            raise InputError(
                f"{path}: line {line}: {key} is {row[key]}; frames are whole numbers, check --unit"
            )
    if times[0] >= times[1]:
        raise InputError(
            f"{path}: line {line}: starts at {times[0]:g} and ends at {times[1]:g}; the end must "
            "come after the start"
        )
    return Segment(*times, row["label"], line)


def labelled_videos(labels: LabelFile, videos: Sequence[SeenVideo]) -> dict[str, SeenVideo]:
    """The video of predictions.json for each video of the label file.

    Names may be written with or without folders and ending.

    Raises:
        InputError: a video is missing, or two would do.
    """
    found = {}
    for name in labels.segments:
        for key in (str, _without_folders, _without_ending):
            fitting = [video for video in videos if key(video.name) == key(name)]
            if len(fitting) == 1:
                break
        if len(fitting) != 1:
            line, there = labels.segments[name][0].line, "is not in the predictions"
            if fitting:
                there = f"may be {fitting[0].name} or {fitting[1].name}"
            raise InputError(
                f"{labels.path}: line {line}: {name} {there}; write the video as "
                "predictions.json has it, or predict on it"
            )
        if any(fitting[0] is other for other in found.values()):
            raise InputError(f"{labels.path}: {name} is there under two names; use one")
        found[name] = fitting[0]
    return found


def _without_folders(name: str) -> str:
    return PurePath(name).name


def _without_ending(name: str) -> str:
    """Without the ending of a video; what stands behind another dot belongs to the name."""
    path = PurePath(name)
    return path.stem if path.suffix.lower() in VIDEO_SUFFIXES else path.name


def frame_labels(labels: LabelFile, name: str, video: SeenVideo, frame_rate: float) -> list[str]:
    """Label of every frame that ``video.moments`` takes.

    Raises:
        InputError: a gesture begins after the video has ended, or ends long after.
    """
    index = video.moments(frame_rate)
    frames = labels.unit == FRAMES
    clock = (video.frame_ids if frames else video.times)[index]
    last = float(video.frame_ids[-1] + 1) if frames else video.end
    spare = _SPARE_S * (video.frame_rate if frames else 1.0)
    told = np.full(len(index), NO_GESTURE, dtype=object)
    for segment in labels.segments[name]:
        if segment.start >= last:
            raise InputError(
                f"{labels.path}: line {segment.line}: {segment.label} starts at "
                f"{segment.start:g}, but {name} has {last:g} {labels.unit}; check --unit"
            )
        if segment.end > last + spare and not labels.whole:
            raise InputError(
                f"{labels.path}: line {segment.line}: {segment.label} ends at {segment.end:g}, "
                f"but {name} has {last:g} {labels.unit}; check --unit"
            )
        told[(clock >= segment.start) & (clock < segment.end)] = segment.label
    return told.tolist()
