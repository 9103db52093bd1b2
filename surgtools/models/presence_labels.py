"""Which boxes of a detector teach presence, and what they teach.

Shapes: N boxes, K slots of all categories, C categories.
"""

from collections.abc import Sequence

import numpy as np

from surgtools.boxes import box_iou_xyxy, xywh_to_xyxy
from surgtools.taxonomy import Taxonomy

SHOWN, MISSED = 0.5, 0.35
"""Overlap with a label from which a box shows its instrument, and below which it shows none; boxes
between the two teach nothing."""

RIGHT, WRONG = 0.6, 0.35
"""Object keypoint similarity from which an answer is right, and below which it is wrong; answers
between the two teach nothing."""


def choose_boxes(xyxy: np.ndarray, annotations: Sequence[dict], most: int) -> list[int]:
    """Boxes of one picture to learn from: the first ``most`` that show an instrument, and as many
    that show none.

    Args:
        xyxy: (N, 4) image pixels, best box first.
        annotations: labels of the picture in COCO's form. A box on a crowd is left out, since
            nobody can say what it shows.
        most: of either kind.

    Returns:
        Indices into the boxes.
    """
    if not annotations:
        return list(range(min(most, len(xyxy))))
    known = xywh_to_xyxy(np.array([row["bbox"] for row in annotations], np.float32))
    shown: list[int] = []
    missed: list[int] = []
    for index, overlaps in enumerate(box_iou_xyxy(xyxy, known)):
        best = int(overlaps.argmax())
        if annotations[best].get("iscrowd") and overlaps[best] > 0.1:
            continue
        if overlaps[best] >= SHOWN:
            shown.append(index)
        elif overlaps[best] < MISSED:
            missed.append(index)
    return shown[:most] + missed[:most]


def presence_labels(
    keypoints: np.ndarray, annotations: Sequence[dict], taxonomy: Taxonomy
) -> np.ndarray:
    """Whether the keypoints of a category are those of an instrument in the picture.

    An answer is only as good as its keypoints. Where a box shows an instrument and the keypoints
    lie beside it, the answer should not be given, so its score should be low.

    Args:
        keypoints: (N, K, 2) image pixels, what the pose network says of each box.
        annotations: labels of the picture in COCO's form, with at least one labelled keypoint.

    Returns:
        (N, C): 1 right, 0 wrong, NaN where it lies between.
    """
    best = np.zeros((len(keypoints), len(taxonomy.categories)), np.float32)
    for row in annotations:
        category_id = row["category_id"]
        labelled = np.array(row["keypoints"], float).reshape(-1, 3)
        counts = labelled[:, 2] > 0
        if row.get("iscrowd") or not counts.any():
            continue
        label = taxonomy.label_of(category_id)
        sigmas = np.array(taxonomy.categories[label].sigmas)
        found = keypoints[:, taxonomy.slots_of(category_id)]
        squared = ((found - labelled[:, :2]) ** 2).sum(axis=-1)
        area = max(row["bbox"][2] * row["bbox"][3], 1e-6)
        similar = np.exp(-squared / (2 * area * (2 * sigmas) ** 2))[:, counts].mean(axis=1)
        best[:, label] = np.maximum(best[:, label], similar)
    return np.where(best >= RIGHT, 1, np.where(best < WRONG, 0, np.nan)).astype(np.float32)
