"""COCO annotations on pictures, drawn as predictions are: hidden keypoints hollow."""

from collections.abc import Iterable

import numpy as np

from surgtools.errors import InputError
from surgtools.inference.drawing import draw_instances
from surgtools.inference.results import Instance
from surgtools.metainfo import get_instrument


def to_instance(annotation: dict) -> Instance | None:
    """An annotation as the drawing takes it; None when it is too broken to draw."""
    try:
        instrument = get_instrument(annotation["category_id"])
        keypoints = np.array(annotation["keypoints"], dtype=float)
        keypoints = keypoints.reshape(instrument.num_keypoints, 3)
        x, y, width, height = (float(v) for v in annotation["bbox"])
    except (InputError, KeyError, TypeError, ValueError):
        return None
    if not np.isfinite(keypoints).all() or not np.isfinite([x, y, width, height]).all():
        return None
    return Instance(
        category_id=instrument.id,
        bbox=np.array([x, y, x + width, y + height]),
        bbox_score=float(annotation.get("score", 1.0)),
        keypoints=keypoints[:, :2],
        keypoint_scores=(keypoints[:, 2] > 0).astype(float),
        keypoint_visible=(keypoints[:, 2] == 2).astype(float),
        track_id=annotation.get("track_id"),
    )


def draw_annotations(
    image: np.ndarray, annotations: Iterable[dict], names: bool | None = False
) -> np.ndarray:
    """A copy of the (H, W, 3) BGR picture with the annotations on it; broken ones are left out."""
    instances = (to_instance(annotation) for annotation in annotations)
    return draw_instances(image, [i for i in instances if i is not None], names=names)
