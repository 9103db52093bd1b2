"""Read tracks out of predictions.json or space.json, each in millimeters where the file has them.

Shapes: T frames in which a track was seen.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.spatial.motion import (
    path_length,
    spectral_arc_length,
    speeds,
    time_moving,
    time_seen,
)

PIXELS, MILLIMETERS = "px", "mm"
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
        InputError: it is none, or holds no track of an instrument with tips.
    """
    content = read_json(path)
    try:
        rows = list(_of_predictions(content) if "instance_info" in content else _of_space(content))
        tipless = _without_tips(content, {row["category"] for row in rows})
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
        raise InputError(
            f"{path}: holds no track of an instrument with tips; predict on a video, without "
            "--no-track"
        )
    for line in left_out:
        tell(line)
    tracks: dict[tuple, list[dict]] = {}
    for row in rows:
        key = (row["source"], row["category"], row["track_id"], row["unit"])
        tracks.setdefault(key, []).append(row)
    return [_track(key, own) for key, own in tracks.items()]


def _of_predictions(content: Mapping) -> Iterator[dict]:
    tips = {c["name"]: _tips(c["keypoints"]) for c in content["meta_info"]["categories"]}
    places = {c["name"]: c["keypoints"] for c in content["meta_info"]["categories"]}
    measured = {
        (frame.get("video"), entry["category_name"], entry.get("track_id"))
        for frame in content["instance_info"]
        for entry in frame["instances"]
        if (entry.get("spatial") or {}).get("tips_mm")
    }
    for frame in content["instance_info"]:
        for entry in frame["instances"]:
            category, spatial = entry["category_name"], entry.get("spatial") or {}
            if entry.get("track_id") is None or frame.get("time_s") is None:
                continue
            # Another instrument of the file may have no model, or one that does not fit.
            millimeters = (frame["video"], category, entry["track_id"]) in measured
            found = spatial.get("tips_mm") if millimeters else {
                name: entry["keypoints"][places[category].index(name)] for name in tips[category]
            }  # fmt: skip
            if not found:
                continue
            opening = spatial.get("opening_deg", spatial.get("opening_shown_deg"))
            yield {
                "source": frame["video"],
                "category": category,
                "track_id": entry["track_id"],
                "unit": MILLIMETERS if millimeters else PIXELS,
                "time_s": frame["time_s"],
                "opening": opening,
                "gap": spatial.get("gap_mm") if millimeters else spatial.get("gap_per_length"),
                "tips": found,
                "std": _tip_std(spatial.get("covariance_mm2") if millimeters else None),
            }


def _of_space(content: Mapping) -> Iterator[dict]:
    tips = {c["name"]: _tips(c["keypoints"]) for c in content["meta_info"]["categories"]}
    for moment in content["moments"]:
        for entry in moment["instances"]:
            names = tips[entry["category_name"]]
            found = {name: entry["keypoints_mm"][name] for name in names}
            if entry["track_id"] is None or not found or None in found.values():
                continue
            yield {
                "source": "rig",
                "category": entry["category_name"],
                "track_id": entry["track_id"],
                "unit": MILLIMETERS,
                "time_s": moment["time_s"],
                "opening": entry["opening_deg"],
                "gap": entry["gap_mm"],
                "tips": found,
                "std": max(entry["std_mm"][name] for name in names),
            }


def _without_tips(content: Mapping, known: Container[str]) -> dict[str, list[str]]:
    """Categories that have tracks, but are not known, to their keypoints; none is a tip."""
    keypoints = {c["name"]: c["keypoints"] for c in content["meta_info"]["categories"]}
    moments = content["instance_info"] if "instance_info" in content else content["moments"]
    tracked = {
        entry["category_name"]
        for moment in moments
        for entry in moment["instances"]
        if entry.get("track_id") is not None and moment.get("time_s") is not None
    }
    return {
        name: own
        for name, own in keypoints.items()
        if name in tracked and name not in known and not _tips(own)
    }


def _tip_std(covariances: Mapping | None) -> float | None:
    """Of the tip that is known least, in the direction that is known least."""
    if not covariances:
        return None
    largest = (np.linalg.eigvalsh(np.array(spread))[-1] for spread in covariances.values())
    return float(np.sqrt(max(largest)))


def _tips(keypoints: list[str]) -> list[str]:
    return [name for name in keypoints if name == "tip" or name.endswith("_tip")]


def _track(key: tuple, rows: list[dict]) -> MeasuredTrack:
    rows = sorted(rows, key=lambda row: row["time_s"])
    numbers = {
        name: np.array([row[name] for row in rows], dtype=float)
        for name in ("time_s", "opening", "gap", "std")
    }
    tips = {name: np.array([row["tips"][name] for row in rows], float) for name in rows[0]["tips"]}
    return MeasuredTrack(
        *key,
        times=numbers["time_s"],
        openings=numbers["opening"],
        gaps=numbers["gap"],
        tips=tips,
        stds=numbers["std"],
    )


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
