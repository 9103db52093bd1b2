"""Score what ``predict`` writes: pictures to COCO results, with the digits of predictions.json.

``test``, the guards of ``adapt`` and the benchmarks take their results from here.

Shapes: B pictures of a batch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from surgtools.evaluation.readers.predictions_json import to_row
from surgtools.prediction.augmentation import ONE_VIEW
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.views import View
from surgtools.taxonomy import Taxonomy

BATCH = 8
"""Pictures in memory at a time, as many as ``predict`` takes."""

BOX_FLOOR = 0.001
"""Boxes of the detector alone count from this score on, as in the hosts' own tests."""

Read = Callable[[Mapping[str, Any]], np.ndarray]
"""An entry of a COCO file's ``images`` to its picture."""

Rows = list[dict[str, Any]]


def in_batches(
    images: Sequence[Mapping], read: Read, progress: Callable[[int], None] = lambda done: None
) -> Iterator[tuple[Sequence[Mapping], list[np.ndarray]]]:
    """Entries and their pictures, ``BATCH`` at a time; ``progress`` is told how many are done."""
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        yield batch, [read(image) for image in batch]
        progress(start + len(batch))


def found_rows(
    find: Callable[[list[np.ndarray]], list[list[Instance]]],
    images: Sequence[Mapping],
    read: Read,
    progress: Callable[[int], None] = lambda done: None,
) -> Rows:
    """COCO results of what ``find`` reports of pictures.

    Args:
        images: entries of a COCO file.
    """
    rows: Rows = []
    for batch, pictures in in_batches(images, read, progress):
        for image, found in zip(batch, find(pictures), strict=True):
            rows += to_rows(found, image["id"])
    return rows


def stage_rows(
    predictor: Predictor,
    content: Mapping,
    read: Read,
    views: Sequence[View] = ONE_VIEW,
    in_true_boxes: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, Rows]:
    """COCO results of a pair by stage: the detector alone, the pose model alone, both.

    Args:
        predictor: whose threshold is the lowest score that counts.
        content: of a COCO file.
        views: of both together; each network alone sees a picture as it is.
        in_true_boxes: also run the pose model in the boxes of the ground truth.

    Returns:
        ``boxes``, ``keypoints_detector_boxes`` and perhaps ``keypoints_gt_boxes``.
    """
    truth = _true_boxes(content, predictor.taxonomy) if in_true_boxes else {}
    boxes: Rows = []
    both: Rows = []
    alone: Rows = []
    for batch, pictures in in_batches(content["images"], read, progress):
        seen = predictor.detect(pictures, floor=BOX_FLOOR)
        for image, own in zip(batch, seen, strict=True):
            boxes += box_rows(own, image["id"])
        floor = predictor.thresholds.floor(views)
        sure = [own.subset(own.scores > floor) for own in seen]
        for image, found in zip(batch, predictor.find(pictures, sure, views), strict=True):
            both += to_rows(found, image["id"])
        given = [truth.get(image["id"], Boxes()) for image in batch]
        if any(map(len, given)):
            for image, (found,) in zip(
                batch, predictor.predict_views(pictures, [given]), strict=True
            ):
                alone += to_rows(found, image["id"])
    rows = {"boxes": boxes, "keypoints_detector_boxes": both}
    return rows | ({"keypoints_gt_boxes": alone} if in_true_boxes else {})


def to_rows(instances: Sequence[Instance], image_id: int) -> Rows:
    """COCO results of one picture, read back from what predictions.json would hold."""
    where = f"image {image_id}"
    return [to_row(i.to_json(), image_id, where, i.taxonomy) for i in instances]


def box_rows(boxes: Boxes, image_id: int) -> Rows:
    """The same of boxes without keypoints, with all their digits."""
    return [
        {
            "image_id": image_id,
            "category_id": int(category_id),
            "bbox": [float(x1), float(y1), float(x2 - x1), float(y2 - y1)],
            "score": float(score),
        }
        for (x1, y1, x2, y2), score, category_id in zip(
            boxes.xyxy.astype(float), boxes.scores, boxes.category_ids, strict=True
        )
    ]


def _true_boxes(content: Mapping, taxonomy: Taxonomy) -> dict[int, Boxes]:
    """Boxes of labelled instances by picture, within it, crowds aside."""
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    posed = {category.id for category in taxonomy.categories if category.num_keypoints}
    grouped: dict[int, list[tuple[list[float], int]]] = {}
    for row in content["annotations"]:
        labelled = row["category_id"] in posed and any(row["keypoints"][2::3])
        if labelled and not row.get("iscrowd"):
            x, y, width, height = row["bbox"]
            last_x, last_y = sizes[row["image_id"]][0] - 1, sizes[row["image_id"]][1] - 1
            box = [max(0, x), max(0, y), min(x + width, last_x), min(y + height, last_y)]
            grouped.setdefault(row["image_id"], []).append((box, row["category_id"]))
    return {
        image_id: Boxes(
            np.array([box for box, _ in rows], np.float32),
            np.ones(len(rows), np.float32),
            np.array([category_id for _, category_id in rows]),
        )
        for image_id, rows in grouped.items()
    }
