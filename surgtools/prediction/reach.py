"""Which boxes can still become an instrument, before a crop of them is looked at.

Boxes of all views are cheap, crops are not. What the pose model says of a box can only lower its
score, and a view in which nothing lies at a place counts zero there, so the boxes alone give the
best score that all views together can reach. A box below that comes to nothing; its crop need not
be cut. Each view that has been looked at makes this sharper for the next; and what all of them
doubted by far is not asked about again.

Shapes: B pictures, V views, N boxes of one view of a picture.
"""

from collections.abc import Sequence

import numpy as np

from surgtools.boxes import box_iou_xyxy
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.results import Instance
from surgtools.prediction.views import View

NEARBY = 0.1
"""Overlap from which boxes of two views may be the same instrument. Far below that of two answers
for one, so that none of them is missed."""


def drop_out_of_reach(
    boxes: Sequence[Sequence[Boxes]],
    views: Sequence[View],
    sizes: Sequence[tuple[int, int]],
    score_thr: float,
    with_presence: bool,
    view_instances: Sequence[Sequence[Sequence[Instance]]] = (),
    doubt: float = 0.0,
) -> list[list[Boxes]]:
    """Leave out the boxes that ``can_reach`` gives up.

    Args:
        boxes: for each of V views the boxes of B pictures, in pixels of the view.
        views: as they were shown.
        sizes: width and height of each picture.
        score_thr, with_presence: see ``can_reach``.
        view_instances: of each picture what the first views have given, in pixels of the picture.
        doubt: see ``can_reach``.

    Returns:
        As ``boxes``; boxes of the first views, which are known, are left as they are.
    """
    kept = [list(of_view) for of_view in boxes]
    for row, (width, height) in enumerate(sizes):
        answered = [_as_boxes(own) for own in view_instances[row]] if view_instances else []
        mapped = answered + [
            Boxes(
                view.boxes_to_picture(of_view[row].xyxy, width, height),
                of_view[row].scores,
                of_view[row].category_ids,
            )
            for view, of_view in list(zip(views, boxes, strict=True))[len(answered) :]
        ]
        masks = can_reach(mapped, score_thr, with_presence, len(answered), doubt)
        for of_view, mask in list(zip(kept, masks, strict=True))[len(answered) :]:
            of_view[row] = of_view[row].subset(mask)
    return kept


def _as_boxes(instances: Sequence[Instance]) -> Boxes:
    return Boxes(
        np.array([i.bbox for i in instances]).reshape(-1, 4),
        np.array([i.bbox_score for i in instances]),
        np.array([i.category_id for i in instances], int),
    )


def can_reach(
    seen: Sequence[Boxes],
    score_thr: float,
    with_presence: bool,
    num_known: int = 0,
    doubt: float = 0.0,
) -> list[np.ndarray]:
    """Boxes of one picture that all views together may still report.

    Args:
        seen: of each view, all in pixels of the picture.
        score_thr: what is reported scores more, see ``fuse_instances`` for how views are joined.
        with_presence: whether the pose model's presence is joined with the score of a box, see
            ``join_scores``.
        num_known: of so many views, the first, the scores are final.
        doubt: a box is given up where those views have something and nothing with a higher score.

    Returns:
        (N,) masks, one for each view.
    """
    best = [
        np.sqrt(own.scores) if with_presence and view >= num_known else np.asarray(own.scores)
        for view, own in enumerate(seen)
    ]
    masks = []
    for view, own in enumerate(seen):
        reached = np.zeros((len(seen), len(own)))
        looked_at = np.zeros(len(own), bool)
        reached[view] = best[view]
        for other, boxes in enumerate(seen):
            if other != view and len(boxes) and len(own):
                near = box_iou_xyxy(own.xyxy, boxes.xyxy) >= NEARBY
                near &= own.category_ids[:, None] == boxes.category_ids[None]
                reached[other] = np.where(near, best[other][None], 0).max(axis=1)
                if other < num_known:
                    looked_at |= near.any(axis=1)
        surest = np.sort(reached, axis=0)[-max(1, len(seen) - 1) :]
        doubted = looked_at & (reached[:num_known].max(axis=0, initial=0) <= doubt)
        masks.append((surest.mean(axis=0) > score_thr) & ~doubted)
    return masks
