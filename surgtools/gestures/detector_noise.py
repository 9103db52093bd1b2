"""What a video would look like if a pair had found its instruments less well.

Shapes: T frames, k keypoints of an instrument.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from surgtools.gestures.seen_videos import SeenVideo
from surgtools.taxonomy import Taxonomy

MOST_LOST = 0.3
"""Largest share of an instrument's frames in which it is not found."""
MOST_FALSE = 0.2
"""Largest share of frames with an instrument that is not there."""
MOST_MOVED = 0.04
"""Largest deviation of keypoints, of the instrument's length; as much again drifts slowly."""
MOST_SWAPPED = 0.1
"""Largest share of instruments whose left and right are exchanged."""
MEAN_RUN = 4.0
"""Frames that an error lasts."""
LOWEST_SCORE = 0.35
"""Of a box or keypoint that is still reported."""


def with_detector_noise(
    video: SeenVideo, taxonomy: Taxonomy, rng: np.random.Generator
) -> SeenVideo:
    """The video with errors of a detector and a pose network; how many is drawn, too.

    Instruments are lost for some frames and come back as another track, others are made up,
    keypoints move, left and right are exchanged, and scores are no longer sure. A network that
    has seen exact keypoints alone would take each of these for a movement.

    Args:
        taxonomy: says which keypoints are left and right of one another.
    """
    lost, made_up = rng.uniform(0, (MOST_LOST, MOST_FALSE))
    moved, swapped = rng.uniform(0, (MOST_MOVED, MOST_SWAPPED))
    count, every = len(video.frames), [row for own in video.frames for row in own]
    tracks = sorted({row["track_id"] for row in every} - {None})
    fresh = max(tracks, default=0) + 1
    hidden = {track: _runs(count, lost, rng) for track in tracks}
    drift = {track: _drift(count, rng) for track in tracks}
    false = _runs(count, made_up, rng)
    frames, names, ghost = [], {track: track for track in tracks}, None
    for t, instances in enumerate(video.frames):
        found = []
        for row in instances:
            track = row["track_id"]
            if track is None:
                gone, slow = rng.random() < lost, np.zeros(2)
            else:
                gone, slow = hidden[track][t], drift[track][t]
                if gone and not (t and hidden[track][t - 1]) and rng.random() < 0.5:
                    names[track], fresh = fresh, fresh + 1
            if not gone:
                swap = taxonomy.get(row["category_name"]).flip_indices
                exchanged = swap if rng.random() < swapped else None
                name = names.get(track)
                found.append(_moved(row, moved, slow * moved, exchanged, name, rng))
        if not false[t]:
            ghost = None
        elif every:
            if ghost is None:
                ghost, fresh = _ghost(every, fresh, video.diagonal, rng), fresh + 1
            found.append(_moved(ghost, moved, np.zeros(2), None, ghost["track_id"], rng))
        frames.append(found)
    return replace(video, frames=frames)


def _runs(count: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """(T,) bool: in about ``share`` of the frames something goes wrong, for some frames each."""
    wrong = np.zeros(count, dtype=bool)
    begins = rng.random(count) < share / MEAN_RUN
    for start in np.flatnonzero(begins):
        wrong[start : start + rng.geometric(1 / MEAN_RUN)] = True
    return wrong


def _drift(count: int, rng: np.random.Generator) -> np.ndarray:
    """(T, 2) with deviation 1, which lasts for about ``MEAN_RUN`` frames."""
    keep = 1 - 1 / MEAN_RUN
    steps = rng.normal(0, np.sqrt(1 - keep**2), (count, 2))
    out = np.zeros((count, 2))
    for t in range(1, count):
        out[t] = keep * out[t - 1] + steps[t]
    return out


def _moved(
    row: dict[str, Any],
    moved: float,
    slow: np.ndarray,
    exchanged: list[int] | None,
    track: int | None,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """The instance with other places and scores; ``moved`` and ``slow`` in its lengths."""
    names = ("keypoints", "keypoint_scores", "keypoint_visible")
    order = slice(None) if exchanged is None else exchanged
    points, scores, visible = (row[name][order] for name in names)
    box = np.array(row["bbox"], dtype=float)
    length = float(np.hypot(*(box[2:] - box[:2])))
    points = points + length * (slow + rng.normal(0, moved, points.shape))
    box = box + length * rng.normal(0, moved, 4)
    low, high = np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])
    sure = rng.uniform(LOWEST_SCORE, 1.0, (2, len(points)))
    return {
        **row,
        "keypoints": points,
        "bbox": [*low.tolist(), *high.tolist()],
        "bbox_score": row["bbox_score"] * rng.uniform(LOWEST_SCORE, 1.0),
        "keypoint_scores": scores * sure[0],
        "keypoint_visible": visible * sure[1],
        "track_id": track,
    }


def _ghost(
    every: list[dict[str, Any]], track: int, diagonal: float, rng: np.random.Generator
) -> dict[str, Any]:
    """An instrument of another moment, turned and elsewhere in the picture."""
    row = every[rng.integers(len(every))]
    box = np.array(row["bbox"], dtype=float).reshape(2, 2)
    middle, angle = box.mean(0), rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = rng.normal(0, 0.2 * diagonal, 2) + middle
    points = (row["keypoints"] - middle) @ turn.T + shift
    box = box - middle + shift
    return {**row, "keypoints": points, "bbox": box.ravel().tolist(), "track_id": track}
