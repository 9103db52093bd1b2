"""Read tracks out of predictions.json or space.json, each in millimeters where the file has them.

Shapes: T frames in which a track was seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.finite_numbers import finite_numbers
from surgtools.spatial.motion import (
    path_length,
    spectral_arc_length,
    speeds,
    time_moving,
    time_seen,
)
from surgtools.spatial.track_rows import MILLIMETERS, PIXELS, categories_without_tips, track_rows

LENGTHS = "length"
"""The unit of gaps of tracks in pixels: that of the instrument's axis in the picture."""

LEAST_WAY = {PIXELS: 4.0, MILLIMETERS: 4.0}
"""What an instrument in a hand moves within a second, at least."""


@dataclass
class MeasuredTrack:
    """One instrument of one video over time.

    Attributes:
        unit: of ``tips`` and ``gaps``; gaps in pixels are shares of the length instead.
        times: (T,) seconds.
        openings: (T,) degrees, NaN where not measured.
        gaps: (T,).
        tips: name to (T, 2 or 3) places.
        stds: (T,) standard deviation of the tips in the direction that is known least, NaN in
            pixels.
    """

    source: str
    category: str
    track_id: int
    unit: str
    times: np.ndarray = field(default_factory=lambda: np.zeros(0))
    openings: np.ndarray = field(default_factory=lambda: np.zeros(0))
    gaps: np.ndarray = field(default_factory=lambda: np.zeros(0))
    tips: dict[str, np.ndarray] = field(default_factory=dict)
    stds: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def name(self) -> str:
        return f"{self.category.replace('_', ' ')} {self.track_id}"

    @property
    def gap_unit(self) -> str:
        return MILLIMETERS if self.unit == MILLIMETERS else LENGTHS

    @property
    def middle(self) -> np.ndarray:
        """(T, D) between the tips: opening and closing does not move it much."""
        return np.mean(list(self.tips.values()), axis=0)

    def summary(self) -> dict[str, Any]:
        """One row of the table: name of the column to value, None where not measured."""
        t, middle = self.times, self.middle
        fast = speeds(t, middle)
        return {
            "source": self.source,
            "category": self.category,
            "track_id": self.track_id,
            "unit": self.unit,
            "gap_unit": self.gap_unit,
            "frames": len(t),
            "first_s": _round(t[0]),
            "last_s": _round(t[-1]),
            "seen_s": _round(time_seen(t)),
            "time_in_hand_s": _round(time_moving(t, middle, LEAST_WAY[self.unit])),
            **{f"path_{n}": _round(path_length(t, p), 1) for n, p in self.tips.items()},
            "path_middle": _round(path_length(t, middle), 1),
            "speed_mean": _statistic(np.nanmean, fast, 1),
            "speed_max": _statistic(np.nanmax, fast, 1),
            "spectral_arc_length": _round(spectral_arc_length(t, middle), 3),
            "opening_mean_deg": _statistic(np.nanmean, self.openings, 2),
            "opening_max_deg": _statistic(np.nanmax, self.openings, 2),
            "gap_mean": _statistic(np.nanmean, self.gaps, 4),
            "gap_max": _statistic(np.nanmax, self.gaps, 4),
            "tip_std_median": _statistic(np.nanmedian, self.stds, 1),
        }


def read_tracks(
    path: str | Path, tell: Callable[[str], None] = lambda line: None
) -> list[MeasuredTrack]:
    """Tracks of a file that ``predict`` or ``triangulate`` wrote, in order of appearance.

    A track that has no millimeters in any frame is in pixels.

    Args:
        tell: called with a line where tracks are left out.

    Raises:
        InputError: it is none, holds no track of an instrument with tips, or a track has broken
            numbers or is twice at one time.
    """
    content = read_json(path)
    try:
        rows = list(track_rows(content))
        tipless = categories_without_tips(content, {row["category"] for row in rows})
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise InputError(
            f"{path}: is neither predictions.json of predict nor space.json of triangulate"
        ) from error
    left_out = [
        f"{path}: {name} is left out: no keypoint of it is called tip or ..._tip, it has "
        f"{', '.join(keypoints) or 'none'}; rename its tips in the taxonomy and predict again"
        for name, keypoints in tipless.items()
    ]
    if not rows and left_out:
        raise InputError(left_out[0])
    if not rows:
        todo = "predict on a video, without --no-track"
        if "moments" in content:
            todo = "triangulate predictions of videos"
        raise InputError(f"{path}: holds no track of an instrument with tips; {todo}")
    for line in left_out:
        tell(line)
    tracks: dict[tuple, list[dict]] = {}
    for row in rows:
        key = (row["source"], row["category"], row["track_id"], row["unit"])
        tracks.setdefault(key, []).append(row)
    return [_track(key, own, path) for key, own in tracks.items()]


def _track(key: tuple, rows: list[dict], path: str | Path) -> MeasuredTrack:
    """The track of checked numbers, in the order of time."""
    source, category, track_id, unit = key
    where = f"{path}: {source}: {category} {track_id}"
    times = _numbers([row["time_s"] for row in rows], rows, 1, f"{where}: time_s")
    order = np.argsort(times, kind="stable")
    rows, times = [rows[i] for i in order], times[order]
    if (again := np.flatnonzero(np.diff(times) <= 0)).size:
        raise InputError(
            f"{where}: is there twice at {times[again[0]]:g} s; each track is expected once a "
            "frame, and each frame at a time of its own; predict again"
        )
    tips = rows[0]["tips"]
    for row in rows:
        if set(row["tips"]) != set(tips):
            raise InputError(
                f"{where}: has the tips {', '.join(row['tips'])} at {row['time_s']:g} s, and "
                f"{', '.join(tips)} before; predict again"
            )
    size = 3 if unit == MILLIMETERS else 2
    numbers = {
        name: _numbers([row[name] for row in rows], rows, 1, f"{where}: {name}", gaps=True)
        for name in ("opening", "gap", "std")
    }
    places = {
        name: _numbers([row["tips"][name] for row in rows], rows, size, f"{where}: {name}")
        for name in tips
    }
    return MeasuredTrack(
        *key,
        times=times,
        openings=numbers["opening"],
        gaps=numbers["gap"],
        tips={name: values.reshape(-1, size) for name, values in places.items()},
        stds=numbers["std"],
    )


def _numbers(
    values: list, rows: Sequence[Mapping], size: int, where: str, gaps: bool = False
) -> np.ndarray:
    """(T * size,) numbers of T rows; with ``gaps`` NaN where a value is None."""
    given = [n for n, value in enumerate(values) if not (gaps and value is None)]
    found = np.full((len(values), size), np.nan)
    told = [values[n] for n in given]
    try:
        found[given] = finite_numbers(told, size * len(told), where).reshape(-1, size)
    except InputError:
        for n in given:  # say which of them it is
            finite_numbers(values[n], size, f"{where} at {rows[n]['time_s']} s")
        raise
    return found.ravel()


def tip_distances(one: MeasuredTrack, other: MeasuredTrack) -> tuple[np.ndarray, np.ndarray]:
    """Times at which both are seen, and the (T,) distance of their nearest tips then."""
    shared, rows, columns = np.intersect1d(one.times, other.times, return_indices=True)
    apart = [
        np.linalg.norm(a[rows] - b[columns], axis=1)
        for a in one.tips.values()
        for b in other.tips.values()
    ]
    return shared, np.min(apart, axis=0) if len(shared) else np.zeros(0)


def _statistic(function, values: np.ndarray, digits: int) -> float | None:
    return _round(function(values), digits) if np.isfinite(values).any() else None


def _round(value: float | None, digits: int = 3) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), digits)
