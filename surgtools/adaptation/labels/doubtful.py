"""Which rejected proposals may be instruments all the same, and what is known of each picture.

Shapes: N proposals. Boxes are ``xyxy``.
"""

from collections.abc import Sequence

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selection.overlap import same_place

INSIDE = 0.75
"""A weak proposal with this share of its box within an accepted one is a part of it."""


def frame_statuses(
    indices: Sequence[int], proposals: Proposals, reasons: Sequence[str]
) -> dict[int, str]:
    """What is known of each picture.

    Returns:
        Position to ``labelled`` (every instrument in it has an accepted label), ``partly``
        (accepted ones beside doubtful ones), ``doubtful`` (doubtful ones only) or ``empty``
        (nothing was proposed).
    """
    accepted = {int(f) for f, reason in zip(proposals.frames, reasons, strict=True) if not reason}
    doubted = set(proposals.frames[find_doubtful(proposals, reasons)].tolist())
    present = set(proposals.frames.tolist())
    statuses = {}
    for index in indices:
        if index not in present:
            statuses[index] = "empty"
        elif index in accepted:
            statuses[index] = "partly" if index in doubted else "labelled"
        else:
            statuses[index] = "doubtful"
    return statuses


def find_doubtful(proposals: Proposals, reasons: Sequence[str]) -> np.ndarray:
    """(N,) bool: rejected proposals that may be instruments all the same.

    A second proposal at the place of a surer one is no doubt, whichever rule rejected it first,
    nor is one that lies within an accepted instrument: a ring or a jaw taken for the whole. A
    label set aside for balance is one: its instrument is there and would be unlabelled.
    """
    doubtful = np.zeros(len(reasons), dtype=bool)
    sure = [number for number, reason in enumerate(reasons) if not reason]
    for number, reason in enumerate(reasons):
        if reason and not reason.startswith("one_per_place: a surer"):
            around = [i for i in sure if proposals.frames[i] == proposals.frames[number]]
            set_aside = reason.startswith("class_balance")
            doubtful[number] = set_aside or not _is_accounted(proposals, number, around)
    return doubtful


def _is_accounted(proposals: Proposals, number: int, others: Sequence[int]) -> bool:
    """Whether a proposal is one of the others once more, or most of its box lies within one."""
    axes, boxes = proposals.axes, proposals.boxes
    if any(same_place(boxes[i], boxes[number], axes[i], axes[number]) for i in others):
        return True
    x1, y1, x2, y2 = proposals.boxes[number]
    area = max((x2 - x1) * (y2 - y1), 1e-6)
    for other in others:
        low = np.maximum(proposals.boxes[other, :2], (x1, y1))
        high = np.minimum(proposals.boxes[other, 2:], (x2, y2))
        if np.prod(np.clip(high - low, 0, None)) >= INSIDE * area:
            return True
    return False
