"""Take what tracks are measured from out of predictions.json or space.json, a row per instance.

The numbers are as the file has them, unchecked.
"""

from collections.abc import Container, Iterator, Mapping

import numpy as np

PIXELS, MILLIMETERS = "px", "mm"


def track_rows(content: Mapping) -> Iterator[dict]:
    """A row for each instance of a track: source, category, track_id, unit, time_s, tips, ...

    A track that has no millimeters in any frame is in pixels. One that has them is left out where
    it has none.

    Raises:
        KeyError, TypeError, AttributeError, ValueError, IndexError: it is of another kind.
    """
    return _of_predictions(content) if "instance_info" in content else _of_space(content)


def categories_without_tips(content: Mapping, known: Container[str]) -> dict[str, list[str]]:
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


def _tip_std(covariances: Mapping | None) -> float | None:
    """Of the tip that is known least, in the direction that is known least."""
    if not covariances:
        return None
    largest = (np.linalg.eigvalsh(np.array(spread))[-1] for spread in covariances.values())
    return float(np.sqrt(max(largest)))


def _tips(keypoints: list[str]) -> list[str]:
    return [name for name in keypoints if name == "tip" or name.endswith("_tip")]
