"""Tell right proposals from wrong ones where the truth is known: on the source, in benchmarks.

Shapes: N proposals.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.boxes import box_iou_xyxy, xywh_to_xyxy

MAX_ERROR = 0.05
"""Mean keypoint distance of a right label, as a share of the true box diagonal (as in PCK)."""

MIN_IOU = 0.5


def find_correct(proposals: Proposals, truth: Mapping[int, Sequence[Mapping]]) -> np.ndarray:
    """Compare proposals with COCO annotations.

    Args:
        proposals: of pictures at positions that are keys of ``truth``.
        truth: picture position to its annotations.

    Returns:
        (N,) bool: same category, box IoU at least ``MIN_IOU`` and mean error over labelled
        keypoints at most ``MAX_ERROR``; every annotation makes one proposal right, the surest.
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


def _agrees(proposals: Proposals, index: int, annotation: Mapping) -> bool:
    if annotation["category_id"] != proposals.category_ids[index]:
        return False
    box = xywh_to_xyxy(annotation["bbox"])
    if box_iou_xyxy(proposals.boxes[index], box)[0, 0] < MIN_IOU:
        return False
    labelled = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
    counts = labelled[:, 2] > 0
    if not counts.any():
        return True
    found = proposals.own(proposals.keypoints, index)
    error = np.linalg.norm(found - labelled[:, :2], axis=1)[counts].mean()
    return bool(error <= MAX_ERROR * np.hypot(*annotation["bbox"][2:]))
