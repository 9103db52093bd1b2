"""Give the same instrument the same number from frame to frame, and bridge short gaps.

A track predicts where its keypoints and box will be (constant velocity); detections of the same
category are matched to the predictions by the Hungarian method on keypoint similarity and box
overlap. Time, not frames, is the unit, so that behavior does not depend on the frame rate.

Shapes: k keypoints of a category, own order; boxes ``xyxy`` in image pixels.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from surgtools.boxes import box_iou_xyxy
from surgtools.errors import InputError
from surgtools.prediction.results import FrameResult, Instance

SIMILARITY_SIGMA = 0.15
"""Keypoint distance, as a share of the box diagonal, at which similarity falls to exp(-1/2).
Wider than the OKS sigmas: between frames instruments move further than annotators err."""


TAKEN_IOU = 0.5
"""A gap is not filled where something overlaps what would be put there by more: the instrument was
seen, only taken for another one."""


@dataclass
class Track:
    """What is remembered of one instrument."""

    track_id: int
    last: Instance
    last_time: float
    velocity: np.ndarray
    box_velocity: np.ndarray
    hits: int = 1

    def predict(self, time_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Keypoints (k, 2) and box (4,) expected at a time; motion dies out within 0.3 s."""
        ahead = time_s - self.last_time
        ahead = 0.3 * (1 - np.exp(-ahead / 0.3))
        return self.last.keypoints + self.velocity * ahead, self.last.bbox + (
            self.box_velocity * ahead
        )

    def update(self, instance: Instance, time_s: float) -> None:
        elapsed = max(time_s - self.last_time, 1e-3)
        share = 0.5 if self.hits > 1 else 1.0
        motion = (instance.keypoints - self.last.keypoints) / elapsed
        self.velocity = (1 - share) * self.velocity + share * motion
        box_motion = (instance.bbox - self.last.bbox) / elapsed
        self.box_velocity = (1 - share) * self.box_velocity + share * box_motion
        self.last, self.last_time, self.hits = instance, time_s, self.hits + 1


@dataclass
class Tracker:
    """Assign track ids; call ``update`` once per frame in order of time.

    Args:
        max_gap_s: a track unseen for longer is ended and its number never given again.
        min_similarity: pairs below it are not matched.
    """

    max_gap_s: float = 1.0
    min_similarity: float = 0.1
    tracks: list[Track] = field(default_factory=list)
    next_id: int = 1

    def update(self, instances: list[Instance], time_s: float) -> list[Instance]:
        """The same instances with ``track_id`` set; empty in, empty out."""
        self.tracks = [t for t in self.tracks if time_s - t.last_time <= self.max_gap_s]
        numbered: list[Instance] = list(instances)
        for row, track in self._match(instances, time_s):
            numbered[row] = instances[row].changed(track_id=track.track_id)
            track.update(numbered[row], time_s)
        for row, instance in enumerate(numbered):
            if instance.track_id is None:
                numbered[row] = instance.changed(track_id=self.next_id)
                still = np.zeros_like(instance.keypoints, dtype=float)
                track = Track(self.next_id, numbered[row], time_s, still, np.zeros(4))
                self.tracks.append(track)
                self.next_id += 1
        return numbered

    def _match(self, instances: list[Instance], time_s: float) -> list[tuple[int, Track]]:
        if not instances or not self.tracks:
            return []
        similarity = np.zeros((len(instances), len(self.tracks)))
        for column, track in enumerate(self.tracks):
            keypoints, bbox = track.predict(time_s)
            for row, instance in enumerate(instances):
                if instance.category_id == track.last.category_id:
                    similarity[row, column] = _similarity(instance, keypoints, bbox)
        rows, columns = _hungarian()(similarity, maximize=True)
        return [
            (int(row), self.tracks[column])
            for row, column in zip(rows, columns, strict=True)
            if similarity[row, column] >= self.min_similarity
        ]


def keypoint_similarity(a: np.ndarray, b: np.ndarray, diagonal: float) -> float:
    """Mean Gaussian closeness of two (k, 2) sets in [0, 1], relative to the box diagonal."""
    distance = np.hypot(*(a - b).T) / max(diagonal, 1e-6)
    return float(np.exp(-0.5 * (distance / SIMILARITY_SIGMA) ** 2).mean())


def _similarity(instance: Instance, keypoints: np.ndarray, bbox: np.ndarray) -> float:
    """Closeness in [0, 1]; the better side assignment counts, as closed tips may swap names.

    Of a category without keypoints it is the overlap of the boxes.
    """
    overlap = float(box_iou_xyxy(instance.bbox, bbox)[0, 0])
    if not len(keypoints):
        return overlap
    diagonal = float(np.hypot(*(instance.bbox[2:] - instance.bbox[:2])))
    swapped = keypoints[instance.category.flip_indices]
    close = max(
        keypoint_similarity(instance.keypoints, keypoints, diagonal),
        keypoint_similarity(instance.keypoints, swapped, diagonal) - 0.05,
    )
    return 0.6 * close + 0.4 * overlap


def fill_gaps(frames: Iterable[FrameResult], max_gap_s: float = 0.25) -> Iterator[FrameResult]:
    """Insert instances where a track is missing for a moment, marked ``interpolated``.

    Frames are held back by ``max_gap_s`` at most, hence constant memory.

    Args:
        frames: of one video, in order of time, with track ids.
    """
    held: deque[FrameResult] = deque()
    last_seen: dict[int, tuple[float, Instance]] = {}
    for frame in frames:
        time_s = frame.time_s or 0.0
        for instance in frame.instances:
            if instance.track_id is None:
                continue
            before = last_seen.get(instance.track_id)
            if before is not None and time_s - before[0] <= max_gap_s:
                _bridge(held, before, (time_s, instance))
            last_seen[instance.track_id] = (time_s, instance)
        held.append(frame)
        while held and time_s - (held[0].time_s or 0.0) > max_gap_s:
            yield held.popleft()
        last_seen = {i: seen for i, seen in last_seen.items() if time_s - seen[0] <= max_gap_s}
    yield from held


def _bridge(
    held: deque[FrameResult], before: tuple[float, Instance], after: tuple[float, Instance]
) -> None:
    """Fill the held frames strictly between two sightings of one track."""
    (start, first), (end, second) = before, after
    for position, frame in enumerate(held):
        time_s = frame.time_s or 0.0
        if start < time_s < end:
            share = (time_s - start) / (end - start)
            filled = interpolate(first, second, share)
            overlap = box_iou_xyxy(filled.bbox, [instance.bbox for instance in frame.instances])
            if not (overlap > TAKEN_IOU).any():
                held[position] = frame.changed(instances=[*frame.instances, filled])


def interpolate(first: Instance, second: Instance, share: float) -> Instance:
    """The instance a ``share`` of the way from one sighting to the next."""

    def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (1 - share) * np.asarray(a) + share * np.asarray(b)

    return second.changed(
        bbox=between(first.bbox, second.bbox),
        bbox_score=min(first.bbox_score, second.bbox_score),
        keypoints=between(first.keypoints, second.keypoints),
        keypoint_scores=np.minimum(first.keypoint_scores, second.keypoint_scores),
        keypoint_visible=between(first.keypoint_visible, second.keypoint_visible),
        keypoints_3d=None,  # nothing was seen
        interpolated=True,
    )


def _hungarian():
    try:
        from scipy.optimize import linear_sum_assignment
    except ImportError as error:
        raise InputError(
            "tracking needs the package scipy; `pip install scipy`, or say --no-track"
        ) from error
    return linear_sum_assignment
