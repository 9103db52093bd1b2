"""COCO annotations on pictures, drawn as predictions are: hidden keypoints hollow."""

from collections.abc import Iterable

import cv2
import numpy as np

from surgtools.boxes import xywh_to_xyxy
from surgtools.errors import InputError
from surgtools.prediction.drawing import draw_instances
from surgtools.prediction.results import Instance
from surgtools.taxonomy import SURGICAL, Taxonomy


def to_instance(annotation: dict, taxonomy: Taxonomy = SURGICAL) -> Instance | None:
    """An annotation as the drawing takes it; None when it is too broken to draw."""
    try:
        instrument = taxonomy.get(annotation["category_id"])
        keypoints = np.array(annotation.get("keypoints") or [], dtype=float)
        keypoints = keypoints.reshape(instrument.num_keypoints, 3)
        x, y, width, height = (float(v) for v in annotation["bbox"])
        score = float(annotation.get("score", 1.0))
    except (InputError, KeyError, TypeError, ValueError):
        return None
    if not np.isfinite(keypoints).all() or not np.isfinite([x, y, width, height]).all():
        return None
    return Instance(
        category_id=instrument.id,
        bbox=xywh_to_xyxy([x, y, width, height]),
        bbox_score=score,
        keypoints=keypoints[:, :2],
        keypoint_scores=(keypoints[:, 2] > 0).astype(float),
        keypoint_visible=(keypoints[:, 2] == 2).astype(float),
        track_id=annotation.get("track_id"),
        taxonomy=taxonomy,
    )


def draw_small(
    image: np.ndarray,
    annotations: Iterable[dict],
    side: int = 400,
    taxonomy: Taxonomy = SURGICAL,
) -> np.ndarray:
    """A picture of at most ``side`` pixels, shrunk before drawing, so that lines stay legible."""
    scale = min(1.0, side / max(image.shape[:2]))
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    instances = []
    for instance in (to_instance(annotation, taxonomy) for annotation in annotations):
        if instance is not None:
            moved = {"bbox": instance.bbox * scale, "keypoints": instance.keypoints * scale}
            instances.append(instance.changed(**moved))
    return draw_instances(image, instances, names=False)


def draw_annotations(
    image: np.ndarray,
    annotations: Iterable[dict],
    names: bool | None = False,
    taxonomy: Taxonomy = SURGICAL,
) -> np.ndarray:
    """A copy of the (H, W, 3) BGR picture with the annotations on it; broken ones are left out."""
    instances = (to_instance(annotation, taxonomy) for annotation in annotations)
    return draw_instances(image, [i for i in instances if i is not None], names=names)
