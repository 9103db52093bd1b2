"""The tables and the page of `surgtools measure`."""

import csv
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path, PurePath

import numpy as np

from surgtools.files import write_whole
from surgtools.reports.figures import line_figure, path_figure
from surgtools.reports.page import Block, write_report
from surgtools.spatial.measured_tracks import MILLIMETERS, PIXELS, MeasuredTrack, tip_distances
from surgtools.spatial.motion import pieces, speeds

MOST_TRACKS = 6
"""Lines in one figure; the longest tracks are drawn."""

_MOST_POINTS = 2000


def write_measures_table(path: str | Path, tracks: Sequence[MeasuredTrack]) -> None:
    """Write one row per track, whole."""
    rows = [track.summary() for track in tracks]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with write_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(rows)


def write_over_time_table(path: str | Path, tracks: Sequence[MeasuredTrack]) -> None:
    """Write one row per track and moment, whole.

    ``nearest_tip`` is the distance to the nearest tip of another instrument seen just then.
    """
    with write_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ["source", "category", "track_id", "unit", "gap_unit", "time_s", "opening_deg", "gap"]
            + ["speed", "nearest_tip"]
        )
        for track in tracks:
            nearest: dict[float, float] = {}
            for other in tracks:
                if other is not track and (other.source, other.unit) == (track.source, track.unit):
                    for time_s, apart in zip(*tip_distances(track, other), strict=True):
                        nearest[time_s] = min(apart, nearest.get(time_s, np.inf))
            head = [track.source, track.category, track.track_id, track.unit, track.gap_unit]
            fast = speeds(track.times, track.middle)
            for row in zip(track.times, track.openings, track.gaps, fast, strict=True):
                values = [*row, nearest.get(row[0], np.nan)]
                table.writerow([*head, *("" if np.isnan(v) else round(v, 4) for v in values)])


def write_measures_page(path: str | Path, tracks: Sequence[MeasuredTrack], title: str) -> None:
    """Write one self-contained page: a table, and per source figures over time."""
    names = short_names([track.source for track in tracks])
    units = [unit for unit in (MILLIMETERS, PIXELS) if any(t.unit == unit for t in tracks)]
    blocks = []
    for unit in units:
        own = [track for track in tracks if track.unit == unit]
        blocks.append(_table(f"Tracks{_in(unit, units)}", own, names))
    for source, name in names.items():
        for unit in units:
            own = [track for track in tracks if (track.source, track.unit) == (source, unit)]
            if own:
                blocks.append(_figures(f"{name}{_in(unit, units)}", own))
    write_report(path, title, blocks=blocks)


def title_of(file: PurePath) -> str:
    """The file as it was given; of an absolute path the end, since pages are passed on."""
    return f"Measures of {'/'.join(file.parts[-2:]) if file.is_absolute() else file.as_posix()}"


def short_names(sources: Sequence[str]) -> dict[str, str]:
    """Source to its name: the end of its path, as long as it must be to tell it from others."""
    parts = {source: PurePath(source).parts or (source,) for source in sources}
    names = {}
    for source, own in parts.items():
        length = 1
        while length < len(own) and any(
            other[-length:] == own[-length:] for name, other in parts.items() if name != source
        ):
            length += 1
        names[source] = "/".join(own[-length:])
    return names


def _in(unit: str, units: Sequence[str]) -> str:
    """What a title adds where tracks differ in their units."""
    return f", in {unit}" if len(units) > 1 else ""


def _table(title: str, tracks: Sequence[MeasuredTrack], names: Mapping[str, str]) -> Block:
    """Tracks of one unit."""
    unit = tracks[0].unit
    columns = {
        "video": None,
        "instrument": None,
        "frames": "frames",
        "seen, s": "seen_s",
        "in hand, s": "time_in_hand_s",
        f"path, {unit}": "path_middle",
        f"speed, {unit}/s": "speed_mean",
        f"top, {unit}/s": "speed_max",
        "smoothness": "spectral_arc_length",
        "opening, °": "opening_mean_deg",
        "widest, °": "opening_max_deg",
    }
    if unit == MILLIMETERS:
        columns["tips ±, mm"] = "tip_std_median"
    rows = []
    for track in tracks:
        row = track.summary()
        values = [_cell(row[key]) for key in columns.values() if key]
        rows.append([names[track.source], track.name, *values])
    text = [
        "Path and speed are those of the middle between the tips; the number is that of the "
        "track. What moves counts as in hand: a hand is never quite still.",
        "Smoothness is the spectral arc length: negative, nearer to 0 is smoother; it needs 8 "
        "frames without a gap. A dash is what was not measured.",
    ]
    if unit == MILLIMETERS:
        text.append(
            "Tips ±: the standard deviation of a tip in the direction that is known least, from "
            "one camera its depth, at the median. Movements that are smaller are not measured."
        )
    else:
        text.append(
            "The file has no millimeters of these, so lengths are pixels and angles are those of "
            "the picture. Give predict --camera and a --model-3d of each to measure in space."
        )
    return Block(title, text=text, columns=list(columns), rows=rows)


def _figures(name: str, tracks: list[MeasuredTrack]) -> Block:
    shown = sorted(tracks, key=lambda track: -len(track.times))[:MOST_TRACKS]
    unit = shown[0].unit
    gap = f"gap, {unit}" if unit == MILLIMETERS else "gap, lengths of the instrument"
    svgs = [
        _over_time({t.name: (t.times, t.openings) for t in shown}, "Opening", "opening, degrees"),
        _over_time({t.name: (t.times, t.gaps) for t in shown}, "Gap between the tips", gap),
        _over_time(
            {t.name: (t.times, speeds(t.times, t.middle)) for t in shown},
            "Speed of the middle between the tips",
            f"speed, {unit}/s",
        ),
    ]
    pairs = {}
    for one, other in combinations(shown, 2):
        times, apart = tip_distances(one, other)
        if len(times) > 1:
            pairs[f"{one.name} to {other.name}"] = (times, apart)
    if pairs:
        few = dict(list(pairs.items())[:MOST_TRACKS])
        title = "Distance between the nearest tips of two instruments"
        svgs.append(_over_time(few, title, f"distance, {unit}"))
    title = "Path of the middle between the tips; rings are starts"
    svgs.append(path_figure({t.name: _path(t) for t in shown}, title, unit))
    left_out = len(tracks) - len(shown)
    text = [f"The {MOST_TRACKS} longest tracks; {left_out} are left out."] if left_out else []
    return Block(name, text=text, svgs=[svg for svg in svgs if svg])


def _over_time(curves: dict[str, tuple[np.ndarray, np.ndarray]], title: str, unit: str) -> str:
    """A figure, or nothing where nothing was measured; a gap of a track breaks its line."""
    points = {}
    for name, (times, values) in curves.items():
        if np.isfinite(values).any():
            points[name] = _thin(np.column_stack([times, values]), times)
    return line_figure(points, title, "time, s", unit) if points else ""


def _path(track: MeasuredTrack) -> np.ndarray:
    """(N, 2) right and down; NaN where the track has a gap."""
    return _thin(track.middle[:, :2], track.times)


def _thin(points: np.ndarray, times: np.ndarray) -> np.ndarray:
    """About so many of (T, 2) points, or the page grows beyond measure; NaN after each piece.

    Each piece is thinned by itself: its end and the gap behind it stay.
    """
    step = max(1, -(-len(points) // _MOST_POINTS))
    parts = []
    for piece in pieces(times):
        own = points[piece]
        parts += [own[:-1:step], own[-1:], np.full((1, 2), np.nan)]
    return np.concatenate(parts)


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return str(value) if isinstance(value, int) else f"{value:.{digits}f}"
