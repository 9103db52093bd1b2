"""Give every frame its boxes: from the detector on each or every n-th frame, or from a file.

Between two frames with detections boxes are interpolated, which needs no extra network and, unlike
following them forwards, ends where the next detection is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from surgtools.annotations.check.writable import are_finite
from surgtools.boxes import box_iou_xyxy
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.sources import Frame
from surgtools.taxonomy import SURGICAL, Taxonomy

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


BoxFile = Mapping[tuple[str, int | None], Boxes]


def load_boxes(path: str | Path, taxonomy: Taxonomy = SURGICAL) -> BoxFile:
    """Boxes by (source name, frame_id) from a file of ``--save-boxes`` or a predictions.json.

    Args:
        taxonomy: of the pose model that the boxes are for.

    Raises:
        InputError: no such file, or an entry that is no box; the message says which.
    """
    content = read_json(path)
    entries = content.get("instance_info") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise InputError(
            f"{path}: the list `instance_info` is missing; give a file of --save-boxes"
        )
    boxes = {}
    for number, entry in enumerate(entries):
        where = f"{path}: entry {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("instances"), list):
            raise InputError(f"{where} has no list `instances`; write the file again")
        name = entry.get("image") or entry.get("video")
        if not name:
            raise InputError(f"{where} names neither image nor video; write the file again")
        frame_id = entry.get("frame_id")
        if not isinstance(frame_id, int | None):
            raise InputError(f"{where}: frame_id {frame_id!r}; a whole number is expected")
        boxes[(str(name), frame_id)] = _parse_boxes(entry["instances"], where, taxonomy)
    return boxes


def _parse_boxes(instances: list, where: str, taxonomy: Taxonomy) -> Boxes:
    rows = []
    for instance in instances:
        box = instance.get("bbox") if isinstance(instance, dict) else None
        numbers = isinstance(box, list) and are_finite(box)
        if not numbers or len(box) != 4 or not (box[2] > box[0] and box[3] > box[1]):
            raise InputError(f"{where}: bbox {box}; [x1, y1, x2, y2] with x2 > x1, y2 > y1")
        score = instance.get("bbox_score", 1.0)
        if not are_finite((score,)):
            raise InputError(
                f"{where}: bbox_score {score!r}; a number is expected, or none at all for 1"
            )
        category_id = taxonomy.get(instance.get("category_id"), where).id
        rows.append((box, float(score), category_id))
    if not rows:
        return Boxes()
    xyxy, scores, category_ids = zip(*rows, strict=True)
    return Boxes(np.array(xyxy, np.float32), np.array(scores, np.float32), np.array(category_ids))


def boxes_from_file(batches: Iterable[list[Frame]], boxes: BoxFile) -> Iterator[Detected]:
    """Frames with the boxes that the file gives them; a frame it does not name has none."""
    by_file_name = {(Path(name).name, frame_id): b for (name, frame_id), b in boxes.items()}
    for batch in batches:
        found = []
        for frame in batch:
            key = (frame.source.name, frame.frame_id)
            moved = (Path(frame.source.name).name, frame.frame_id)
            found.append(boxes.get(key, by_file_name.get(moved, Boxes())))
        yield batch, found
