"""Write what was triangulated, as JSON or as a table."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surgtools import __version__
from surgtools.files import write_json, write_whole
from surgtools.spatial.space_tracks import SpaceInstance, SpaceMoment
from surgtools.taxonomy import Taxonomy


def write_space_json(
    path: str | Path, moments: Sequence[SpaceMoment], taxonomy: Taxonomy, sources: dict[str, Any]
) -> None:
    """Write ``{"meta_info", "moments": [{"time_s", "frames", "instances"}]}``.

    Args:
        sources: for ``meta_info``: which files and which rig.
    """
    meta = {
        "surgtools": __version__,
        "units": "mm in the frame of the rig",
        "categories": taxonomy.to_coco_categories(),
        **sources,
    }
    content = {"meta_info": meta, "moments": [_moment(moment) for moment in moments]}
    write_json(path, content, indent=None)


def write_space_table(path: str | Path, moments: Sequence[SpaceMoment]) -> None:
    """Write one row per keypoint, instrument and moment."""
    with write_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ["time_s", "frame", "category", "track_id", "views", "opening_deg", "gap_mm"]
            + ["keypoint", "x_mm", "y_mm", "z_mm", "std_mm", "reprojection_px"]
            + ["from_model", "model_misfit"]
        )
        for moment in moments:
            for instance in moment.instances:
                entry = _instance(instance)
                head = [moment.time_s, moment.names[0], entry["category_name"]]
                head += [entry["track_id"], len(entry["views"])]
                head += [entry["opening_deg"], entry["gap_mm"]]
                for name, place in entry["keypoints_mm"].items():
                    place = place or [None] * 3
                    sure = (entry["std_mm"][name], entry["reprojection_px"][name])
                    model = (entry["from_model"], entry["model_misfit"])
                    table.writerow([*head, name, *place, *sure, *model])


def opening_in_space(instance: SpaceInstance) -> tuple[float | None, float | None]:
    """Angle between the tips in radians and their distance; None where the category has none."""
    category, points = instance.category, instance.points
    if len(category.tips) != 2:
        return None, None
    a, b = (points[category.index(name)] for name in category.tips)
    gap = float(np.linalg.norm(b - a))
    if category.pivot is None or not np.isfinite(gap):
        return None, gap if np.isfinite(gap) else None
    u, v = a - points[category.pivot], b - points[category.pivot]
    angle = float(np.arctan2(np.linalg.norm(np.cross(u, v)), u @ v))
    return (angle if np.isfinite(angle) else None), gap


def _moment(moment: SpaceMoment) -> dict[str, Any]:
    return {
        "time_s": moment.time_s,
        "frames": moment.names,
        "instances": [_instance(instance) for instance in moment.instances],
    }


def _instance(instance: SpaceInstance) -> dict[str, Any]:
    # That of the points, with a model as well: its own opening counts from another zero, and a
    # track whose moments fit it now and then would jump.
    opening, gap = opening_in_space(instance)
    misfit = instance.misfit
    names = instance.category.keypoints
    return {
        "category_id": instance.category.id,
        "category_name": instance.category.name,
        "track_id": instance.track_id,
        "views": list(instance.views),
        "opening_deg": None if opening is None else round(float(np.degrees(opening)), 2),
        "gap_mm": None if gap is None else round(gap, 2),
        "keypoints_mm": {
            name: [round(float(v), 2) for v in point] if np.isfinite(point).all() else None
            for name, point in zip(names, instance.points, strict=True)
        },
        "std_mm": _named(names, instance.stds),
        "reprojection_px": _named(names, instance.errors),
        "from_model": instance.opening is not None,
        "model_misfit": round(misfit, 2) if misfit is not None and np.isfinite(misfit) else None,
    }


def _named(names: Sequence[str], values: np.ndarray) -> dict[str, float | None]:
    return {
        name: round(float(value), 2) if np.isfinite(value) else None
        for name, value in zip(names, values, strict=True)
    }
