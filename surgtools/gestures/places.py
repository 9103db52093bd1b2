"""Give each instrument of a video a place that it keeps, so that networks see it in one column.

Shapes: T frames, P places, V keypoints of all places, one place after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surgtools.gestures.seen_videos import SeenVideo
from surgtools.taxonomy import Category, Taxonomy

MOST_OF_A_KIND = 2
"""Instruments of one category that are looked at, two hands hold no more."""
_OFTEN = 0.1
"""Share of the frames in which a second one must be seen to get a place of its own."""


@dataclass(frozen=True)
class PlacedVideo:
    """Keypoints of a video by place; NaN where nothing was seen.

    Attributes:
        keypoints: (T, V, 2) pixels.
        scores: (T, V) of the keypoints, then (T, V) ``visible``.
        boxes: (T, P, 4) x1, y1, x2, y2 pixels.
        box_scores: (T, P).
        tracks: (T, P) number of the track, -1 without.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    visible: np.ndarray
    boxes: np.ndarray
    box_scores: np.ndarray
    tracks: np.ndarray


def choose_places(videos: Sequence[SeenVideo], taxonomy: Taxonomy) -> list[str]:
    """Which places videos need: names of categories, the same name twice for two of a kind.

    A category that is never seen has none.
    """
    chosen = []
    for name in taxonomy.classes:
        counts = np.array(
            [sum(i["category_name"] == name for i in f) for v in videos for f in v.frames]
        )
        needed = sum((counts >= n).mean() >= _OFTEN for n in range(2, MOST_OF_A_KIND + 1))
        chosen += [name] * (int(needed) + 1 if counts.any() else 0)
    return chosen


def slices_of(places: Sequence[str], taxonomy: Taxonomy) -> list[tuple[Category, slice]]:
    """Category of each place and where its keypoints lie among V."""
    parts, start = [], 0
    for name in places:
        category = taxonomy.get(name)
        parts.append((category, slice(start, start + category.num_keypoints)))
        start += category.num_keypoints
    return parts


def place(video: SeenVideo, places: Sequence[str], taxonomy: Taxonomy) -> PlacedVideo:
    """Lay what was seen in the places. A track stays where it is while it is seen.

    Instruments without a free place are passed over, the surest ones come first.
    """
    parts = slices_of(places, taxonomy)
    count, width = len(video.frames), parts[-1][1].stop if parts else 0
    out = PlacedVideo(
        np.full((count, width, 2), np.nan),
        np.full((count, width), np.nan),
        np.full((count, width), np.nan),
        np.full((count, len(places), 4), np.nan),
        np.full((count, len(places)), np.nan),
        np.full((count, len(places)), -1),
    )
    home: dict[int, int] = {}
    for t, instances in enumerate(video.frames):
        free = set(range(len(places)))
        known = sorted(instances, key=lambda i: (i["track_id"] not in home, -i["bbox_score"]))
        for instance in known:
            track = instance["track_id"]
            fit = sorted(p for p in free if places[p] == instance["category_name"])
            if not fit:
                continue
            own = home.get(track, fit[0]) if track is not None else fit[0]
            own = own if own in fit else fit[0]
            free.discard(own)
            if track is not None:
                home[track] = own
                out.tracks[t, own] = track
            part = parts[own][1]
            out.keypoints[t, part] = instance["keypoints"]
            out.scores[t, part] = instance["keypoint_scores"]
            out.visible[t, part] = instance["keypoint_visible"]
            out.boxes[t, own], out.box_scores[t, own] = instance["bbox"], instance["bbox_score"]
    return out
