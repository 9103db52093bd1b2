"""The host's own inferencer on the same models, to compare with.

It is given what it does not pass on by itself: the category of a box, which our heads want. Every
box is taken for a needle holder, which costs the same time.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from mmpose.apis.inferencers import MMPoseInferencer

import surgtools.register  # noqa: F401
from surgtools.metainfo import CLASSES


def host_predictor(
    det_model: str | Path,
    det_weights: str | Path,
    pose2d: str | Path,
    pose2d_weights: str | Path,
    device: str = "cpu",
    bbox_thr: float = 0.3,
) -> Callable[[np.ndarray], object]:
    """A function of one (H, W, 3) BGR picture."""
    inferencer = MMPoseInferencer(
        pose2d=str(pose2d),
        pose2d_weights=str(pose2d_weights),
        det_model=str(det_model),
        det_weights=str(det_weights),
        det_cat_ids=list(range(len(CLASSES))),
        device=device,
    )
    inferencer.inferencer.model.dataset_meta["category_id"] = 1

    def predict(image: np.ndarray) -> object:
        return next(inferencer(image, bbox_thr=bbox_thr, show_progress=False))

    return predict
