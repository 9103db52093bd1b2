"""Pair ground-truth instances with results, image by image.

Shapes: boxes are ``xywh`` in image pixels.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surgtools.boxes import box_iou_xywh, shared_area_xyxy, xywh_to_xyxy


@dataclass(frozen=True)
class MatchedPair:
    """One ground-truth instance with what was found for it, or one of the two alone."""

    annotation: Mapping | None
    result: Mapping | None


def match_results(
    annotations: Sequence[Mapping],
    results: Sequence[Mapping],
    iou_thr: float = 0.5,
    same_category: bool = True,
) -> list[MatchedPair]:
    """Give each result, best score first, the free instance its box overlaps most.

    Args:
        annotations: COCO annotations; one with ``iscrowd`` is a region that is given to nobody.
        results: COCO results; the box of one without ``bbox`` is that of its keypoints.
        iou_thr: boxes that overlap less are no match.
        same_category: only instances of the result's own category are candidates.

    Returns:
        Every instance and every result in exactly one pair, but for results without an instance
        that lie in a crowd region of their category: they count neither way, hence have no pair.
        Empty in, empty out.

    Source: ``COCOeval.evaluateImg``, which ignores such results.
    """
    truth_of, found_of = defaultdict(list), defaultdict(list)
    for annotation in annotations:
        truth_of[annotation["image_id"]].append(annotation)
    for result in sorted(results, key=lambda row: -row["score"]):
        found_of[result["image_id"]].append(result)
    pairs = []
    for image_id in sorted(truth_of.keys() | found_of.keys()):
        pairs += _match_image(truth_of[image_id], found_of[image_id], iou_thr, same_category)
    return pairs


def box_of(result: Mapping) -> list[float]:
    """A result's ``bbox``, or the box around its keypoints when it has none."""
    if result.get("bbox"):
        return list(result["bbox"])
    xy = np.reshape(result["keypoints"], (-1, 3))[:, :2]
    low, high = xy.min(axis=0), xy.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]


def _match_image(
    annotations: list[Mapping], found: list[Mapping], iou_thr: float, same_category: bool
) -> list[MatchedPair]:
    truth = [row for row in annotations if not row.get("iscrowd")]
    crowds = [row for row in annotations if row.get("iscrowd")]
    iou = box_iou_xywh([box_of(row) for row in found], [row["bbox"] for row in truth])
    categories = np.array([row["category_id"] for row in truth], dtype=int)
    free = np.ones(len(truth), dtype=bool)
    pairs = []
    for result, overlaps in zip(found, iou, strict=True):
        candidates = free & (overlaps >= iou_thr)
        if same_category:
            candidates &= categories == result["category_id"]
        if not candidates.any():
            if not _lies_in_crowd(result, crowds, iou_thr):
                pairs.append(MatchedPair(None, result))
            continue
        best = int(np.argmax(np.where(candidates, overlaps, -1)))
        free[best] = False
        pairs.append(MatchedPair(truth[best], result))
    return pairs + [
        MatchedPair(row, None) for row, is_free in zip(truth, free, strict=True) if is_free
    ]


def _lies_in_crowd(result: Mapping, crowds: list[Mapping], iou_thr: float) -> bool:
    """Whether a region of the result's category covers ``iou_thr`` of the result's own area."""
    category_id, box = result["category_id"], np.array([box_of(result)], dtype=float)
    regions = [row["bbox"] for row in crowds if row["category_id"] == category_id]
    regions = np.array(regions, dtype=float).reshape(-1, 4)
    shared = shared_area_xyxy(xywh_to_xyxy(box), xywh_to_xyxy(regions))
    return bool((shared >= iou_thr * max(box[0, 2:].prod(), 1e-12)).any())
