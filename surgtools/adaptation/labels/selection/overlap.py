"""Keep one label where several lie on the same instrument.

Crossing instruments have boxes that overlap almost entirely, so boxes alone would throw away
good labels. Two proposals are the same place only when their boxes agree AND their axes lie on
each other, in either direction: a needle holder taken for tweezers has its tips at the rings.

Shapes: N instances of one frame or of several. Boxes are ``xyxy`` in pixels.
"""

import numpy as np

from surgtools.adaptation.labels.selection.verdict import Verdict
from surgtools.boxes import box_iou_xyxy

SAME_BOX_IOU = 0.5
SAME_AXIS_SHARE = 0.15
"""Mean distance of the axes' ends as a share of the box diagonal."""


def one_per_place(
    frames: np.ndarray,
    category_ids: np.ndarray,
    boxes: np.ndarray,
    axes: np.ndarray,
    scores: np.ndarray,
    rival: float = 0.5,
) -> Verdict:
    """Keep the surest proposal of each place; keep none when the category is undecided.

    Args:
        frames: (N,) proposals of different frames never meet.
        category_ids: (N,).
        boxes: (N, 4) xyxy pixels.
        axes: (N, 2, 2) base and tip end of each instrument, pixels; NaN where it has none.
        scores: (N,) the higher the surer.
        rival: when two categories claim a place and the less sure one is at least this many times
            as sure as the other, both go. A ratio, because how high scores are differs from
            network to network: SimCC's keypoints rarely score more than 0.3.

    Returns:
        Verdict over N proposals; empty in, empty out.
    """
    scores = np.asarray(scores, dtype=float)
    keep = np.ones(len(scores), dtype=bool)
    reasons = [""] * len(scores)
    for frame in np.unique(frames):
        (members,) = np.nonzero(np.asarray(frames) == frame)
        ranked = members[np.argsort(-scores[members], kind="stable")]
        for rank, i in enumerate(ranked):
            for j in ranked[rank + 1 :]:
                if not keep[j] or not same_place(boxes[i], boxes[j], axes[i], axes[j]):
                    continue
                undecided = category_ids[i] != category_ids[j] and scores[j] >= rival * scores[i]
                if not keep[i] and not undecided:
                    continue
                keep[j] = False
                reasons[j] = f"a surer proposal ({scores[i]:.2f}) is at the same place"
                if undecided:
                    keep[i] = False
                    text = f"two categories claim this place ({scores[i]:.2f}, {scores[j]:.2f})"
                    reasons[i] = reasons[j] = text
    return Verdict(keep, reasons)


def same_place(box_a, box_b, axis_a, axis_b) -> bool:
    """Whether two proposals are one instrument: boxes agree and axes lie on each other.

    Where one of the two has no axis, which is NaN, the boxes alone decide.
    """
    if box_iou_xyxy(box_a, box_b)[0, 0] < SAME_BOX_IOU:
        return False
    diagonal = np.hypot(box_a[2] - box_a[0], box_a[3] - box_a[1])
    axis_a, axis_b = np.asarray(axis_a), np.asarray(axis_b)
    if np.isnan(axis_a).any() or np.isnan(axis_b).any():
        return True
    gaps = [np.linalg.norm(axis_a - end, axis=1).mean() for end in (axis_b, axis_b[::-1])]
    return bool(min(gaps) <= SAME_AXIS_SHARE * diagonal)
