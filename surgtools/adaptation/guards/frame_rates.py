"""Count the pictures in which something is found, and those in which something is made up."""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.boxes import box_iou_xywh
from surgtools.evaluation.false_instruments import reported
from surgtools.evaluation.settings import SCORE_THR

FOUND_IOU, NEAR_IOU = 0.5, 0.1
"""An instrument is found from the first overlap on; below the second there is none nearby."""


def frame_rates(content: Mapping, rows: Sequence[Mapping]) -> dict[str, float | None]:
    """Frames in which something was found, and frames in which something was made up.

    Args:
        content: COCO ground truth.
        rows: COCO results; those whose box scores less than ``SCORE_THR`` do not count.

    Returns:
        ``coverage``: share of the frames with an instrument in which at least one is reported with
        its category; ``hallucinated``: share of all frames with a report that has no instrument
        nearby. None where there is no frame to count.
    """
    found, made_up, holding = set(), set(), set()
    truth: dict[int, list[Mapping]] = {}
    for row in content["annotations"]:
        truth.setdefault(row["image_id"], []).append(row)
        holding.add(row["image_id"])
    for row in reported(rows, SCORE_THR):
        others = truth.get(row["image_id"], [])
        overlaps = box_iou_xywh(row["bbox"], [other["bbox"] for other in others])[0]
        same = np.array([row["category_id"] == other["category_id"] for other in others], bool)
        if (overlaps[same] >= FOUND_IOU).any():
            found.add(row["image_id"])
        if not (overlaps >= NEAR_IOU).any():
            made_up.add(row["image_id"])
    return {
        "coverage": len(found) / len(holding) if holding else None,
        "hallucinated": len(made_up) / len(content["images"]) if content["images"] else None,
    }
