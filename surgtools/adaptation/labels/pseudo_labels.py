"""One round of pseudo-labels: an ordinary COCO JSON that also says what was rejected and why.

``annotations`` holds accepted instances, and for a detector doubtful ones beside them as COCO
crowds, so every tool can open or train on the file; ``rejected`` lists all others with their
reasons; ``info.round`` the numbers of the round.

Shapes: N proposals, k keypoints of a category. Boxes are ``xyxy`` inside, ``xywh`` in the file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.labels.doubtful import find_doubtful, frame_statuses
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selector import count_reasons
from surgtools.annotations.coco import CocoBuilder
from surgtools.files import write_json

SPREAD = 0.02
"""Standard deviation, as a share of the box diagonal, of the Gaussian that turns spread over views
into a soft weight; a hard label keeps keypoints that spread at most twice as far."""


LABEL_KINDS = ("hard", "soft")
STATUSES = ("labelled", "partly", "doubtful", "empty")


def build_round(
    pool: FramePool,
    indices: Sequence[int],
    proposals: Proposals,
    reasons: Sequence[str],
    keypoint_threshold: float | np.ndarray,
    labels: str = "hard",
    mark_doubtful: bool = True,
    max_empty_share: float = 0.1,
    info: Mapping[str, Any] | None = None,
) -> CocoBuilder:
    """Turn judged proposals into a dataset.

    Args:
        pool: where the pictures are; ``file_name`` is relative to its ``images``.
        indices: positions that were shown to the teacher.
        proposals: what it found there; the mean ``confidence`` of its statistics is the predicted
            precision of the round.
        reasons: N strings from ``Selector.select``.
        keypoint_threshold: score from which a hard label keeps a keypoint; (N,) where proposals
            are of several teachers.
        labels: ``hard``: keypoints that are sure and agree over views, the others v = 0;
            ``soft``: all keypoints, with ``keypoint_weights``.
        mark_doubtful: write the doubtful instances of a picture as crowds (``iscrowd`` 1, no
            keypoint): who sees whole pictures would learn them as background, and is taught
            nothing there. A pose model is shown single instances and needs no such care.
        max_empty_share: most pictures without any proposal, as a share of those with labels.
        info: further entries of ``info.round``.

    Returns:
        The builder, ready to ``write``.
    """
    statuses = frame_statuses(indices, proposals, reasons)
    labelled = [i for i in indices if statuses[i] in ("labelled", "partly")]
    empty = [i for i in indices if statuses[i] == "empty"] if mark_doubtful else []
    wanted = int(np.ceil(max_empty_share * len(labelled)))
    if len(empty) > wanted:
        empty = [empty[i] for i in np.linspace(0, len(empty) - 1, wanted).round().astype(int)]
    categories = proposals.taxonomy.categories
    builder = CocoBuilder(instruments=categories)
    image_ids = {}
    for index in sorted([*labelled, *empty]):
        frame = pool.frames[index]
        image_ids[index] = builder.add_image(
            frame.file_name, frame.width, frame.height, video_id=frame.clip, frame_id=frame.number
        )
    thresholds = np.broadcast_to(keypoint_threshold, len(reasons))
    used, confidence = [], proposals.statistics.get("confidence")
    doubted = find_doubtful(proposals, reasons)
    for number, reason in enumerate(reasons):
        image_id = image_ids.get(int(proposals.frames[number]))
        if image_id is None:
            continue
        if doubted[number] and mark_doubtful:
            _add_crowd(builder, pool, proposals, number, image_id)
        if reason:
            continue
        if confidence is not None:
            used.append(float(confidence[number]))
        add_label(builder, pool, proposals, number, image_id, float(thresholds[number]), labels)
    counts = count_reasons(list(reasons))
    taken = [
        int(c) for c, reason in zip(proposals.category_ids, reasons, strict=True) if not reason
    ]
    rows = [row for row in builder.annotations if not row["iscrowd"]]
    per_class = {i.name: sum(row["category_id"] == i.id for row in rows) for i in categories}
    builder.info = {
        "description": "pseudo-labels made by a network, not by a person",
        "round": {
            **dict(info or {}),
            "labels": labels,
            "frames": {s: list(statuses.values()).count(s) for s in STATUSES},
            "accepted": {i.name: taken.count(i.id) for i in categories},
            "instances": per_class,
            "rules": counts,
            "predicted_precision": round(float(np.mean(used)), 4) if used else None,
        },
    }
    return builder


def keypoint_weights(proposals: Proposals, number: int) -> np.ndarray:
    """(k,) in [0, 1]: confidence times how closely the views agree."""
    scores = np.clip(proposals.own(proposals.keypoint_scores, number), 0, 1)
    spread = proposals.own(proposals.spread, number) / proposals.sizes[number]
    return scores * np.exp(-0.5 * (spread / SPREAD) ** 2)


def add_label(
    builder: CocoBuilder,
    pool: FramePool,
    proposals: Proposals,
    number: int,
    image_id: int,
    keypoint_threshold: float,
    labels: str,
) -> None:
    """Add one proposal as a label; ``keypoint_threshold`` and ``labels`` as of ``build_round``."""
    frame = pool.frames[int(proposals.frames[number])]
    keypoints = proposals.own(proposals.keypoints, number)
    scores = proposals.own(proposals.keypoint_scores, number)
    spread = proposals.own(proposals.spread, number) / proposals.sizes[number]
    inside = ((keypoints >= -0.5) & (keypoints < (frame.width - 0.5, frame.height - 0.5))).all(1)
    visibility = np.where(proposals.own(proposals.visible, number) >= 0.5, 2, 1)
    sure = (scores >= keypoint_threshold) & (spread <= 2 * SPREAD)
    counts = inside & (sure if labels == "hard" else True)
    extra: dict[str, Any] = {
        "score": round(float(proposals.scores[number]), 4),
        "statistics": {
            name: round(float(values[number]), 4)
            for name, values in proposals.statistics.items()
            if np.isfinite(values[number])
        },
    }
    if labels == "soft":
        extra["keypoint_weights"] = keypoint_weights(proposals, number).round(4).tolist()
    builder.add_annotation(
        image_id,
        int(proposals.category_ids[number]),
        np.column_stack([keypoints, np.where(counts, visibility, 0)]),
        _xywh(proposals.boxes[number], (frame.width, frame.height)),
        **extra,
    )


def list_rejected(
    pool: FramePool, proposals: Proposals, reasons: Sequence[str]
) -> list[dict[str, Any]]:
    """The proposals that were not accepted, each with its reason, for people to look at."""
    rows = []
    for number, reason in enumerate(reasons):
        if reason:
            keypoints = proposals.own(proposals.keypoints, number)
            scores = proposals.own(proposals.keypoint_scores, number)
            rows.append(
                {
                    "file_name": pool.frames[int(proposals.frames[number])].file_name,
                    "category_id": int(proposals.category_ids[number]),
                    "bbox": _xywh(proposals.boxes[number], None),
                    "score": round(float(proposals.scores[number]), 4),
                    "keypoints": np.column_stack([keypoints, scores]).round(3).ravel().tolist(),
                    "reason": reason,
                }
            )
    return rows


def _add_crowd(
    builder: CocoBuilder, pool: FramePool, proposals: Proposals, number: int, image_id: int
) -> None:
    frame = pool.frames[int(proposals.frames[number])]
    keypoints = proposals.own(proposals.keypoints, number)
    builder.add_annotation(
        image_id,
        int(proposals.category_ids[number]),
        np.zeros((len(keypoints), 3)),
        _xywh(proposals.boxes[number], (frame.width, frame.height)),
        iscrowd=1,
        score=round(float(proposals.scores[number]), 4),
    )


def _xywh(box: np.ndarray, size: tuple[int, int] | None) -> list[float]:
    """``xyxy`` to ``xywh``, clipped to the picture when its size is given; at least 1 px wide."""
    x1, y1, x2, y2 = (float(value) for value in box)
    if size is not None:
        width, height = size
        x1, x2 = (min(max(x, 0.0), width - 1.0) for x in (x1, x2))
        y1, y2 = (min(max(y, 0.0), height - 1.0) for y in (y1, y2))
    return [round(v, 3) for v in (x1, y1, max(x2 - x1, 1.0), max(y2 - y1, 1.0))]


def write_round(builder: CocoBuilder, rejected: list[dict[str, Any]], path: str | Path) -> None:
    """Write the round whole: COCO's tables and ``rejected``."""
    write_json(path, builder.to_dict() | {"rejected": rejected})
