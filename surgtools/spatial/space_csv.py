"""Write the measures of predictions.json as a table: one row per instrument and frame."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.files import write_whole

_FIRST = ("source", "frame_id", "time_s", "category", "track_id", "bbox_score")
_MEASURES = (
    "opening_deg", "opening_std_deg", "gap_mm", "gap_std_mm", "residual_px", "probability",
    "opening_shown_deg", "gap_per_length",
)  # fmt: skip
_STDS = ("std_x_mm", "std_y_mm", "std_z_mm")


def write_space_csv(predictions: str | Path, path: str | Path) -> None:
    """Write the table of a predictions.json, line by line.

    Empty cells are what was not measured. Deviations of tips are those along the axes of the
    camera; predictions.json has the whole covariances.

    Raises:
        InputError: the file is none that predict wrote.
    """
    tips = tip_names(predictions)
    with write_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*_FIRST, *_MEASURES, *(c for tip in tips for c in tip_columns(tip))])
        for frame in read_space_frames(predictions):
            for instance in frame["instances"]:
                table.writerow(_row(frame, instance, tips))


def tip_columns(tip: str) -> list[str]:
    """Names of the columns of one tip."""
    return [f"{tip}_{what}" for what in ("x_mm", "y_mm", "z_mm", *_STDS)]


def tip_names(predictions: str | Path) -> list[str]:
    """Names of tips that were measured in space, in the order in which they first appear."""
    names: dict[str, None] = {}
    for frame in read_space_frames(predictions):
        for instance in frame["instances"]:
            names.update(dict.fromkeys((instance.get("spatial") or {}).get("tips_mm") or ()))
    return list(names)


def read_space_frames(predictions: str | Path) -> Iterator[dict[str, Any]]:
    """The entries of ``instance_info`` of a file that predict wrote, one at a time.

    Raises:
        InputError: it cannot be read, or is not written one frame a line.
    """
    inside = False
    try:
        with Path(predictions).open(encoding="utf-8") as file:
            for line in file:
                if not inside:
                    inside = line.startswith('"instance_info"')
                elif line.startswith("]"):
                    return
                else:
                    yield json.loads(line.rstrip().removesuffix(","))
    except (OSError, ValueError) as error:
        raise InputError(f"{predictions}: cannot be read ({error}); predict again") from error
    if not inside:
        raise InputError(f"{predictions}: is no predictions.json as predict writes it")


def _row(frame: Mapping, instance: Mapping, tips: list[str]) -> list[Any]:
    spatial = instance.get("spatial") or {}
    row = [
        frame.get("video", frame.get("image")), frame.get("frame_id"), frame.get("time_s"),
        instance["category_name"], instance.get("track_id"), instance["bbox_score"],
    ]  # fmt: skip
    row += [spatial.get(name) for name in _MEASURES]
    places = spatial.get("tips_mm") or {}
    for tip in tips:
        row += places.get(tip, [None] * 3)
        spread = (spatial.get("covariance_mm2") or {}).get(tip)
        row += [round(spread[i][i] ** 0.5, 3) for i in range(3)] if spread else [None] * 3
    return row
