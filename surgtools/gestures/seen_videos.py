"""Read the videos of ``predictions.json``: which instruments were seen in which frame.

Shapes: T frames of one video.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.annotations.check.field_values import is_id
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.finite_numbers import finite_numbers
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.coco_categories import from_coco_categories


@dataclass(frozen=True)
class SeenVideo:
    """What ``predict`` found in one video.

    Attributes:
        name: the video as predictions.json has it.
        times: (T,) seconds, ascending.
        frame_ids: (T,) numbers of the frames, from 0.
        frames: of each frame its instances, with the names of predictions.json.
        diagonal: of the pictures, pixels.
    """

    name: str
    times: np.ndarray
    frame_ids: np.ndarray
    frames: list[list[dict[str, Any]]]
    diagonal: float

    @property
    def frame_rate(self) -> float:
        """Frames a second, from the median time between two; 0 for a single frame."""
        steps = np.diff(self.times)
        return 1 / float(np.median(steps)) if len(steps) else 0.0

    @property
    def end(self) -> float:
        """When the last frame ends, seconds."""
        return float(self.times[-1]) + (1 / self.frame_rate if self.frame_rate else 0.0)

    def moments(self, frame_rate: float) -> np.ndarray:
        """Positions of the frames that are nearest to a regular grid of times.

        Args:
            frame_rate: of the grid, frames a second. A slower video repeats frames.
        """
        count = max(int(np.floor((self.end - self.times[0]) * frame_rate + 1e-6)), 1)
        grid = self.times[0] + np.arange(count) / frame_rate
        right = np.clip(np.searchsorted(self.times, grid), 1, max(len(self.times) - 1, 1))
        left = right - 1
        right = np.minimum(right, len(self.times) - 1)
        nearer = np.abs(self.times[left] - grid) <= np.abs(self.times[right] - grid) + 1e-9
        return np.where(nearer, left, right)


def read_seen_videos(
    paths: Sequence[str | Path], taxonomy: Taxonomy | None = None
) -> tuple[Taxonomy, list[SeenVideo]]:
    """Read all videos of one or several files that ``predict`` wrote.

    Args:
        taxonomy: the files must have its categories with their keypoints; that of the first file
            when None.

    Raises:
        InputError: a file is none of predict's, holds no video, has other categories, or a video
            without a frame or in two files.
    """
    videos: dict[str, SeenVideo] = {}
    for path in map(Path, paths):
        content = read_json(path)
        try:
            rows = content["meta_info"]["categories"]
            own = from_coco_categories(rows, path.stem, str(path))[0]
            found = _videos(content["instance_info"], own, path)
        except InputError:
            raise
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            missing = f" ({error} is missing)" if isinstance(error, KeyError) else ""
            raise InputError(
                f"{path}: is no predictions.json as predict writes it{missing}"
            ) from error
        if not found:
            raise InputError(
                f"{path}: holds no frame of a video; gestures need time, so predict on a video"
            )
        taxonomy = taxonomy or own
        _require_same(own, taxonomy, path)
        for video in found:
            if video.name in videos:
                raise InputError(f"{path}: {video.name} is in another of the files, too; give one")
            videos[video.name] = video
    return taxonomy, list(videos.values())


def _videos(entries: list[dict], taxonomy: Taxonomy, path: Path) -> list[SeenVideo]:
    by_name: dict[str, list[dict]] = {}
    for entry in entries:
        if "video" in entry:
            by_name.setdefault(entry["video"], []).append(entry)
    return [_video(name, own, taxonomy, path) for name, own in by_name.items()]


def _video(name: str, entries: list[dict], taxonomy: Taxonomy, path: Path) -> SeenVideo:
    where = f"{path}: {name}"
    entries = sorted(entries, key=lambda entry: entry["frame_id"])
    if not isinstance(name, str) or not all(is_id(entry["frame_id"]) for entry in entries):
        raise InputError(f"{where}: video is a name and frame_id a whole number; predict again")
    times = [entry["time_s"] for entry in entries]
    if None in times:
        raise InputError(f"{where}: has frames without a time; predict on a video file")
    times = finite_numbers(times, len(entries), f"{where}: time_s")
    sizes = finite_numbers(
        [entries[0]["width"], entries[0]["height"]], 2, f"{where}: width and height"
    )
    if (np.diff(times) <= 0).any():
        raise InputError(f"{where}: two frames have the same time; predict again")
    return SeenVideo(
        name,
        times,
        np.array([entry["frame_id"] for entry in entries], dtype=int),
        [
            [_instance(i, taxonomy, f"{where}: frame {e['frame_id']}") for i in e["instances"]]
            for e in entries
        ],  # fmt: skip
        max(float(np.hypot(*sizes)), 1.0),
    )


def _instance(row: dict, taxonomy: Taxonomy, where: str) -> dict[str, Any]:
    """What gestures need of an instance, with keypoints (k, 2)."""
    category = taxonomy.get(row["category_name"], where)
    count = category.num_keypoints
    given = [len(row[name]) for name in ("keypoints", "keypoint_scores", "keypoint_visible")]
    if set(given) != {count}:
        raise InputError(
            f"{where} has {given[0]} keypoints, {category.name} has {count}; predict again "
            "without --save-boxes"
        )
    if not (row["track_id"] is None or is_id(row["track_id"])):
        raise InputError(f"{where}: track_id is {row['track_id']!r}; predict again")
    told = {
        name: finite_numbers(row[name], each * count, f"{where}: {name}")
        for name, each in (("keypoints", 2), ("keypoint_scores", 1), ("keypoint_visible", 1))
    }
    return {
        "category_name": category.name,
        "track_id": row["track_id"],
        "bbox": finite_numbers(row["bbox"][:4], 4, f"{where}: bbox").tolist(),
        "bbox_score": float(finite_numbers([row["bbox_score"]], 1, f"{where}: bbox_score")[0]),
        **told,
        "keypoints": told["keypoints"].reshape(-1, 2),
    }


def _require_same(own: Taxonomy, taxonomy: Taxonomy, path: Path) -> None:
    for category in own.categories:
        known = next((c for c in taxonomy.categories if c.name == category.name), None)
        if known is None or known.keypoints != category.keypoints:
            there = ", ".join(taxonomy.classes)
            raise InputError(
                f"{path}: has the category {category.name} with keypoints that were not learnt; "
                f"{there} as in training are expected"
            )
