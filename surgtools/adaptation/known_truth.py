"""Compare proposals and results with the truth, where it is known: on the source, in benchmarks.

Shapes: N proposals.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.boxes import box_iou_xywh, box_iou_xyxy, xywh_to_xyxy
from surgtools.evaluation.false_instruments import reported
from surgtools.evaluation.settings import SCORE_THR

MAX_ERROR = 0.05
"""Mean keypoint distance of a right label, as a share of the true box diagonal (as in PCK)."""

MIN_IOU = 0.5
"""Smallest overlap of a right label's box with the true one."""

FOUND_IOU, NEAR_IOU = 0.5, 0.1
"""An instrument is found from the first overlap on; below the second there is none nearby."""


def find_correct(proposals: Proposals, truth: Mapping[int, Sequence[Mapping]]) -> np.ndarray:
    """Compare proposals with COCO annotations.

    Args:
        proposals: of pictures at positions that are keys of ``truth``.
        truth: picture position to its annotations.

    Returns:
        (N,) bool: same category, box IoU at least ``MIN_IOU`` and mean error over labelled
        keypoints at most ``MAX_ERROR``; every annotation makes one proposal right, the surest. A
        crowd region (``iscrowd``) makes none right: it says of no instance where it lies.
    """
    correct = np.zeros(len(proposals), dtype=bool)
    taken: set[tuple[int, int]] = set()
    for index in np.argsort(-proposals.scores, kind="stable"):
        frame = int(proposals.frames[index])
        for number, annotation in enumerate(truth.get(frame, ())):
            if (frame, number) not in taken and _agrees(proposals, index, annotation):
                correct[index] = True
                taken.add((frame, number))
                break
    return correct


def frame_rates(content: Mapping, rows: Sequence[Mapping]) -> dict[str, float | None]:
    """Frames in which something was found, and frames in which something was made up.

    Args:
        content: COCO ground truth.
        rows: COCO results; those whose box scores less than ``SCORE_THR`` do not count.

    Returns:
        ``coverage``: share of the frames with an instrument in which at least one is reported with
        its category; ``hallucinated``: share of all frames with a report that has no instrument
        nearby. A crowd region is nearby, but no instance. None where there is no frame to count.
    """
    found, made_up, holding = set(), set(), set()
    truth: dict[int, list[Mapping]] = {}
    for row in content["annotations"]:
        truth.setdefault(row["image_id"], []).append(row)
        if not row.get("iscrowd"):
            holding.add(row["image_id"])
    for row in reported(rows, SCORE_THR):
        others = truth.get(row["image_id"], [])
        overlaps = box_iou_xywh(row["bbox"], [other["bbox"] for other in others])[0]
        same = [
            row["category_id"] == other["category_id"] and not other.get("iscrowd")
            for other in others
        ]
        if (overlaps[np.array(same, bool)] >= FOUND_IOU).any():
            found.add(row["image_id"])
        if not (overlaps >= NEAR_IOU).any():
            made_up.add(row["image_id"])
    return {
        "coverage": len(found) / len(holding) if holding else None,
        "hallucinated": len(made_up) / len(content["images"]) if content["images"] else None,
    }


def _agrees(proposals: Proposals, index: int, annotation: Mapping) -> bool:
    if annotation.get("iscrowd") or annotation["category_id"] != proposals.category_ids[index]:
        return False
    box = xywh_to_xyxy(annotation["bbox"])
    if box_iou_xyxy(proposals.boxes[index], box)[0, 0] < MIN_IOU:
        return False
    keypoints = annotation.get("keypoints")
    labelled = np.array([] if keypoints is None else keypoints, dtype=float).reshape(-1, 3)
    counts = labelled[:, 2] > 0
    if not counts.any():
        return True
    found = proposals.own(proposals.keypoints, index)
    error = np.linalg.norm(found - labelled[:, :2], axis=1)[counts].mean()
    return bool(error <= MAX_ERROR * np.hypot(*annotation["bbox"][2:]))
