"""Give every frame its boxes from the detector, which looks at each or every n-th frame.

Between two frames with detections boxes are interpolated, which needs no extra network and, unlike
following them forwards, ends where the next detection is.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from surgtools.boxes import box_iou_xyxy
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.sources import Frame

Detected = tuple[list[Frame], list[Boxes]]


def detect(
    batches: Iterable[list[Frame]],
    detector: Callable[[list[Frame]], list[Boxes]],
    interval: int = 1,
    filter_boxes: Callable[[Frame, Boxes], Boxes] = lambda frame, boxes: boxes,
) -> Iterator[Detected]:
    """Frames with their boxes, in order.

    Args:
        detector: of frames, which it sees in order.
        interval: of a video every so many frames go through the detector.
        filter_boxes: which of the detector's boxes of a frame count.
    """

    def look(frames: list[Frame]) -> list[Boxes]:
        found = detector(frames)
        return [filter_boxes(frame, boxes) for frame, boxes in zip(frames, found, strict=True)]

    if interval == 1:
        for batch in batches:
            yield batch, look(batch)
        return
    held: list[Frame] = []  # frames after the last key frame, whose boxes are still unknown
    last = Boxes()
    source, count = None, 0
    for batch in batches:
        keys = []
        for frame in batch:
            count = 0 if frame.source != source or not frame.source.is_video else count + 1
            source = frame.source
            keys.append(count % interval == 0)
        found = iter(look([frame for frame, key in zip(batch, keys, strict=True) if key]))
        ready: list[tuple[Frame, Boxes]] = []
        for frame, key in zip(batch, keys, strict=True):
            if not key:
                held.append(frame)
                continue
            boxes = next(found)
            same = bool(held) and held[-1].source == frame.source
            ready += _fill(held, last, boxes if same else None)
            held, last = [], boxes
            ready.append((frame, boxes))
        if ready:
            yield [frame for frame, _ in ready], [boxes for _, boxes in ready]
    if held:
        filled = list(_fill(held, last, None))
        yield [frame for frame, _ in filled], [boxes for _, boxes in filled]


def _fill(held: list[Frame], before: Boxes, after: Boxes | None) -> list[tuple[Frame, Boxes]]:
    """Boxes of the frames between two key frames; after the last one its boxes are kept."""
    if after is None:
        return [(frame, before) for frame in held]
    steps = len(held) + 1
    return [
        (frame, interpolate_boxes(before, after, (i + 1) / steps)) for i, frame in enumerate(held)
    ]


def interpolate_boxes(before: Boxes, after: Boxes, share: float, min_iou: float = 0.1) -> Boxes:
    """Boxes a ``share`` of the way between two detections.

    Boxes of one category are paired by overlap, best pair first. One without partner is kept
    while its own detection is the nearer one.
    """
    overlap = box_iou_xyxy(before.xyxy, after.xyxy)
    overlap[before.category_ids[:, None] != after.category_ids[None]] = 0
    pairs = []
    while overlap.size and overlap.max() >= min_iou:
        i, j = np.unravel_index(overlap.argmax(), overlap.shape)
        pairs.append((i, j))
        overlap[i], overlap[:, j] = 0, 0
    rows_before = [i for i, _ in pairs]
    rows_after = [j for _, j in pairs]
    xyxy = (1 - share) * before.xyxy[rows_before] + share * after.xyxy[rows_after]
    scores = np.minimum(before.scores[rows_before], after.scores[rows_after])
    near, used = (before, rows_before) if share < 0.5 else (after, rows_after)
    alone = [i for i in range(len(near)) if i not in used]
    return Boxes(
        np.concatenate([xyxy, near.xyxy[alone]]).astype(np.float32),
        np.concatenate([scores, near.scores[alone]]),
        np.concatenate([before.category_ids[rows_before], near.category_ids[alone]]),
    )
