"""Take out boxes in which the pose network sees no instrument."""

from collections.abc import Sequence

import numpy as np

from surgtools.prediction.postprocess import one_per_place
from surgtools.prediction.results import Instance


def believable(
    instances: Sequence[Instance], score_thr: float, place_thr: float
) -> list[Instance]:
    """Instances of one picture whose box score still counts with presence taken in.

    Of two categories at one place the one with the better score stays, so the pose network has a
    say in which it is.

    Args:
        instances: whose ``bbox_score`` joins the detector's score and presence.
        score_thr: those at or below it are dropped.
        place_thr: overlap above which the worse of two boxes is dropped; 1 keeps both.

    Returns:
        Best first; may be empty.
    """
    left = [instance for instance in instances if instance.bbox_score > score_thr]
    boxes = np.array([instance.bbox for instance in left]).reshape(-1, 4)
    scores = np.array([instance.bbox_score for instance in left])
    return [left[index] for index in one_per_place(boxes, scores, place_thr)]
