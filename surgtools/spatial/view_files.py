"""Read what several cameras saw, and put together what they saw at the same moment."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from surgtools.camera import Camera
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.finite_numbers import finite_numbers
from surgtools.spatial.borders import at_border
from surgtools.spatial.expected_noise import expected_noise, most_noise
from surgtools.spatial.picture_partners import picture_partners
from surgtools.spatial.view_matching import Seen
from surgtools.taxonomy import Category, Taxonomy
from surgtools.taxonomy.coco_categories import from_coco_categories

_LEAST_SHARED = 0.5
"""Of the moments of the shorter view, so many must have a partner in every other view."""

_COVERED = 0.9
"""A view that covers less than this share of the longest one is told of."""


@dataclass(frozen=True)
class Moment:
    """One frame of one view.

    Attributes:
        time_s: of a video; None of a picture, which is found by its name.
        name: of a picture, without ending, with the folders that tell it from others of the view;
            of a video the number of the frame.
        folders: of a picture, from the first to that which holds it.
    """

    time_s: float | None
    name: str
    instances: list[Seen]
    folders: tuple[str, ...] = ()

    @property
    def picture(self) -> PurePath:
        """Folders and name of a picture, without ending."""
        return PurePath(*self.folders, PurePath(self.name).name)


@dataclass(frozen=True)
class ViewFile:
    """One predictions.json: everything one camera saw."""

    path: Path
    taxonomy: Taxonomy
    moments: list[Moment]
    is_video: bool


def read_view(path: str | Path, camera: Camera) -> ViewFile:
    """Read a predictions.json of one camera.

    Raises:
        InputError: it is none, has broken numbers, holds several videos or frames of a video
            without a time of their own, or was made from pictures of another size.
    """
    path = Path(path)
    content = read_json(path)
    try:
        rows, frames = content["meta_info"]["categories"], content["instance_info"]
        taxonomy = from_coco_categories(rows, path.stem, str(path))[0]
        videos = {frame.get("video") for frame in frames}
        moments = [_moment(frame, taxonomy, camera, path) for frame in frames]
    except InputError:
        raise
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise InputError(f"{path}: is no predictions.json as predict writes it") from error
    if not moments:
        raise InputError(f"{path}: holds no frame; predict on a video or on pictures first")
    if len(videos) > 1:
        raise InputError(f"{path}: holds {len(videos)} sources; one video of one camera is needed")
    is_video = videos != {None}
    moments = _in_time(moments, path) if is_video else _told_apart(moments)
    return ViewFile(path, taxonomy, moments, is_video)


def same_moments(views: Sequence[ViewFile]) -> list[list[Moment | None]]:
    """For each moment of the first view what every view saw then, None where it saw nothing.

    Videos are matched by time, frames that are nearest to each other and no further apart than
    half the time between two frames; pictures by name, and by folders where a name repeats.

    Raises:
        InputError: views that share too few moments, or pictures beside video.
    """
    first = views[0]
    rows: list[list[Moment | None]] = [[moment] for moment in first.moments]
    for view in views[1:]:
        if view.is_video != first.is_video:
            raise InputError(f"{first.path} and {view.path}: one is of a video, one of pictures")
        if first.is_video:
            reach = 0.5 * max(frame_step(first.moments), frame_step(view.moments))
            partners = by_time(first.moments, view.moments, reach)
        else:
            partners = _by_name(first.moments, view.moments)
        shared = sum(partner is not None for partner in partners)
        if shared < _LEAST_SHARED * min(len(first.moments), len(view.moments)):
            what = "times" if first.is_video else "names of pictures"
            if what != "times" and any("/" in m.name for m in (*first.moments, *view.moments)):
                what += " with their folders"
            raise InputError(
                f"{first.path} and {view.path}: share {shared} of {len(first.moments)} and "
                f"{len(view.moments)} {what}; views must be synchronized and of the same scene"
            )
        for row, partner in zip(rows, partners, strict=True):
            row.append(partner)
    return rows


def refuse_copies(views: Sequence[ViewFile]) -> None:
    """Two cameras never see the same to the pixel: one file was given for both.

    Raises:
        InputError: two views show the same.
    """
    for one, other in combinations(views, 2):
        pairs = [
            (a.instances, b.instances) for a, b in zip(one.moments, other.moments, strict=False)
        ]
        shown = [(a, b) for a, b in pairs if a or b]
        if shown and all(_is_same(a, b) for a, b in shown):
            raise InputError(
                f"{other.path}: shows to the pixel what {one.path} shows; give each camera its "
                "own view"
            )


def _is_same(one: Sequence[Seen], other: Sequence[Seen]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True)
    )


def by_time(first: Sequence[Moment], other: Sequence[Moment], reach: float) -> list[Moment | None]:
    """For each moment of one video the nearest of another within so many seconds, or None."""
    times, others = (np.array([m.time_s or 0.0 for m in moments]) for moments in (first, other))
    there, back = _nearest(times, others), _nearest(others, times)
    # One way alone would give a frame of a slow video to several of a fast one.
    return [
        other[j] if back[j] == i and abs(others[j] - times[i]) <= reach + 1e-6 else None
        for i, j in enumerate(there)
    ]


def frame_step(moments: Sequence[Moment]) -> float:
    """Median time between two frames."""
    times = [moment.time_s or 0.0 for moment in moments]
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def uncovered(views: Sequence[ViewFile]) -> list[str]:
    """A line for each view that ends before another one, or lacks pictures of it."""
    if not views[0].is_video:
        most = max(views, key=lambda view: len(view.moments))
        return [
            f"{view.path}: has {len(view.moments)} pictures, {most.path} has {len(most.moments)}; "
            "the others lack this view"
            for view in views
            if len(view.moments) < _COVERED * len(most.moments)
        ]
    ends = [view.moments[-1].time_s or 0.0 for view in views]
    last = max(ends)
    return [
        f"{view.path}: ends at {end:.1f} s, {views[ends.index(last)].path} at {last:.1f} s; "
        "later moments lack this view"
        for view, end in zip(views, ends, strict=True)
        if end < _COVERED * last - 0.5
    ]


def _moment(frame: dict[str, Any], taxonomy: Taxonomy, camera: Camera, path: Path) -> Moment:
    source = str(frame.get("video", frame.get("image")))
    camera.require_size(frame["width"], frame["height"], f"{path}: {source}")
    name = PurePath(source).stem if "image" in frame else str(frame["frame_id"])
    where = f"{path}: {source}" if "image" in frame else f"{path}: {source}: frame {name}"
    time_s = frame.get("time_s")
    if time_s is not None:
        time_s = float(finite_numbers(time_s, 1, f"{where}: time_s")[0])
    seen = []
    for entry in frame["instances"]:
        category = taxonomy.get(entry["category_id"], str(path))
        if not entry.get("keypoints"):
            continue
        count = category.num_keypoints
        pixels = finite_numbers(entry["keypoints"], 2 * count, f"{where}: keypoints").reshape(
            -1, 2
        )
        scores = finite_numbers(entry["keypoint_scores"], count, f"{where}: keypoint_scores")
        shown = finite_numbers(entry["keypoint_visible"], count, f"{where}: keypoint_visible")
        seen.append(_seen(category, pixels, scores, shown, camera))
    return Moment(time_s, name, seen, PurePath(source).parent.parts)


def _in_time(moments: list[Moment], path: Path) -> list[Moment]:
    """Frames of a video in the order of their times."""
    if lost := [moment for moment in moments if moment.time_s is None]:
        raise InputError(f"{path}: frame {lost[0].name} has no time; predict on a video file")
    ordered = sorted(moments, key=lambda moment: moment.time_s)
    for one, other in pairwise(ordered):
        if one.time_s == other.time_s:
            raise InputError(
                f"{path}: frames {one.name} and {other.name} have the same time; predict again"
            )
    return ordered


def _told_apart(moments: list[Moment]) -> list[Moment]:
    """Pictures whose names say which is meant: with folders where a name repeats."""
    if len({moment.name for moment in moments}) == len(moments):
        return moments
    shared = len(os.path.commonprefix([moment.folders for moment in moments]))
    return [replace(m, name="/".join((*m.folders[shared:], m.name))) for m in moments]


def _seen(
    category: Category,
    pixels: np.ndarray,
    scores: np.ndarray,
    shown: np.ndarray,
    camera: Camera,
) -> Seen:
    size = float(np.hypot(*np.ptp(pixels, axis=0)))
    noise = expected_noise(size, scores, shown)
    # What lies beyond the border is set to it, with a score like any other.
    noise = np.where(at_border(pixels, size, camera), most_noise(size), noise)
    return Seen(category, pixels, np.clip(scores, 0.05, 1) * (0.2 + 0.8 * shown), noise)


def _nearest(times: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Number of the nearest of the ascending others, for each time."""
    after = np.searchsorted(others, times).clip(1, max(len(others) - 1, 1))
    last = len(others) - 1
    before, after = np.minimum(after - 1, last), np.minimum(after, last)
    return np.where(times - others[before] <= others[after] - times, before, after)


def _by_name(first: Sequence[Moment], other: Sequence[Moment]) -> list[Moment | None]:
    partners = picture_partners([m.picture for m in first], [m.picture for m in other])
    return [None if number is None else other[number] for number in partners]
