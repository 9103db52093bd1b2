"""Score tracks: how well ids and keypoints hold over the frames of a video.

Ids are scored as by IDF1 and CLEAR MOT, keypoints by their distance from the truth and by how much
they tremble around it. A pair is a true and a found instance of one category in one frame whose
boxes overlap by half.

Shapes: k keypoints of a category; boxes ``xywh`` in image pixels.

Source: Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera
Tracking", 2016 (IDF1); Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking
Performance: The CLEAR MOT Metrics", 2008 (id switches).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from surgtools.boxes import box_iou_xywh

IOU_THR = 0.5
MIN_STEP_S = 1e-6

Pair = tuple[Mapping, Mapping]
"""A ground-truth annotation and what was found for it."""


@dataclass(frozen=True)
class TrackScores:
    """Scores of one or more videos.

    Attributes:
        idf1: harmonic mean of the shares of true and of found instances that carry the right id,
            under the best one-to-one assignment of found to true tracks; None when both are empty.
        id_switches: how often a true instance came back, or went on, under another id.
        switches_per_minute: of video.
        recall: share of true instances with a partner; None without any.
        keypoint_px: mean distance of the labelled keypoints of pairs; None without pairs.
        jitter_px: mean length of the second difference over time of the error, on three frames in
            a row under one id: 0 for keypoints that move exactly as the instrument does, whatever
            their constant offset; None where no track is that long.
    """

    idf1: float | None
    id_switches: int
    switches_per_minute: float
    recall: float | None
    keypoint_px: float | None
    jitter_px: float | None

    def to_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class ScoredVideo:
    """Truth and findings of one video, frame by frame.

    Attributes:
        truth: per frame COCO annotations with ``track_id``.
        found: per frame COCO results with ``track_id``.
        seconds: how long it runs.
    """

    truth: Sequence[Sequence[Mapping]]
    found: Sequence[Sequence[Mapping]]
    seconds: float


def score_tracks(videos: Sequence[ScoredVideo]) -> TrackScores:
    """Score videos together; ids of different videos are different ids."""
    hits = true_count = found_count = matched = switches = 0
    errors: list[np.ndarray] = [np.zeros(0)]
    tremors: list[np.ndarray] = [np.zeros(0)]
    for video in videos:
        hits += _count_right_ids(video)
        true_count += sum(map(len, video.truth))
        found_count += sum(map(len, video.found))
        frames = list(_pair_frames(video))
        matched += sum(map(len, frames))
        switches += _count_switches(frames)
        errors += [_labelled(*_offsets(*pair)) for frame in frames for pair in frame]
        tremors += _tremors(frames)
    minutes = sum(video.seconds for video in videos) / 60
    return TrackScores(
        idf1=2 * hits / (true_count + found_count) if true_count + found_count else None,
        id_switches=switches,
        switches_per_minute=switches / max(minutes, MIN_STEP_S),
        recall=matched / true_count if true_count else None,
        keypoint_px=_mean(np.concatenate(errors)),
        jitter_px=_mean(np.concatenate(tremors)),
    )


def _overlaps(truth: Sequence[Mapping], found: Sequence[Mapping]) -> np.ndarray:
    """(N, M) IoU, 0 where two instances are no pair."""
    iou = box_iou_xywh([row["bbox"] for row in truth], [row["bbox"] for row in found])
    for i, a in enumerate(truth):
        for j, b in enumerate(found):
            if a["category_id"] != b["category_id"] or iou[i, j] < IOU_THR:
                iou[i, j] = 0
    return iou


def _count_right_ids(video: ScoredVideo) -> int:
    """Frames in which a true track is covered by the one found track it is assigned to."""
    together: Counter = Counter()
    for truth, found in zip(video.truth, video.found, strict=True):
        for i, j in zip(*np.nonzero(_overlaps(truth, found)), strict=True):
            together[truth[i]["track_id"], found[j]["track_id"]] += 1
    if not together:
        return 0
    rows, columns = (sorted({pair[side] for pair in together}) for side in (0, 1))
    table = np.array([[together[a, b] for b in columns] for a in rows])
    return int(table[linear_sum_assignment(table, maximize=True)].sum())


def _pair_frames(video: ScoredVideo) -> Iterator[list[Pair]]:
    """Pairs of each frame; those of the frame before are kept while they still overlap."""
    last: dict[int, int] = {}
    for truth, found in zip(video.truth, video.found, strict=True):
        iou = _overlaps(truth, found)
        going_on = np.array(
            [[last.get(a["track_id"]) == b["track_id"] for b in found] for a in truth], dtype=bool
        ).reshape(iou.shape)
        rows, columns = linear_sum_assignment(iou + 10 * (going_on & (iou > 0)), maximize=True)
        pairs = [(truth[i], found[j]) for i, j in zip(rows, columns, strict=True) if iou[i, j] > 0]
        last |= {a["track_id"]: b["track_id"] for a, b in pairs}
        yield pairs


def _count_switches(frames: Sequence[Sequence[Pair]]) -> int:
    last: dict[int, int] = {}
    switches = 0
    for pairs in frames:
        for truth, found in pairs:
            before = last.get(truth["track_id"], found["track_id"])
            switches += before != found["track_id"]
            last[truth["track_id"]] = found["track_id"]
    return switches


def _offsets(truth: Mapping, found: Mapping) -> tuple[np.ndarray, np.ndarray]:
    """(k, 2) found minus true, and (k,) whether the keypoint is labelled."""
    true = np.reshape(truth["keypoints"], (-1, 3))
    return np.reshape(found["keypoints"], (-1, 3))[:, :2] - true[:, :2], true[:, 2] > 0


def _labelled(offsets: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    return np.linalg.norm(offsets[labelled], axis=1)


def _tremors(frames: Sequence[Sequence[Pair]]) -> Iterator[np.ndarray]:
    """Second differences of the error of every track over three frames in a row."""
    by_track = [
        {(a["track_id"], b["track_id"]): _offsets(a, b) for a, b in pairs} for pairs in frames
    ]
    for three in zip(by_track, by_track[1:], by_track[2:], strict=False):
        for track in set.intersection(*(set(frame) for frame in three)):
            (before, _), (now, _), (after, _) = (frame[track] for frame in three)
            labelled = np.all([frame[track][1] for frame in three], axis=0)
            yield _labelled(before - 2 * now + after, labelled)


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
