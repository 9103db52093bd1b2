"""Boxes and keypoints from one network that only maps arrays to arrays, on any backend.

No torch. Shapes: B pictures, T candidates, C categories, K slots of the union, N instances.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from surgtools.lifting import from_root
from surgtools.prediction.carried_keypoints import BoxesWithInstances
from surgtools.prediction.estimators import Detector
from surgtools.prediction.postprocess import select_candidates
from surgtools.prediction.preprocess import letterbox_scale
from surgtools.prediction.results import Instance
from surgtools.prediction.specs import OneStageSpec
from surgtools.prediction.suppression import nms_across_categories


class OneStageBackend(Protocol):
    """A network that finds boxes and keypoints at once."""

    spec: OneStageSpec

    def __call__(self, batch: np.ndarray) -> Sequence[np.ndarray]:
        """(B, 3, h, w) to boxes (B, T, 4) ``xyxy``, scores (B, T, C), keypoints (B, T, K, 2),
        their scores (B, T, K) and whether they can be seen (B, T, K), in network pixels; a
        spatial one also their places (B, T, K, 3) in meters, from anywhere."""


class OneStageDetector(Detector):
    """In the place of ``Detector``: its boxes carry the keypoints.

    Args:
        backend: the network.
        limits: as of ``Detector``.
    """

    backend: OneStageBackend

    def postprocess(
        self,
        images: Sequence[np.ndarray],
        *answers: np.ndarray,
        score_thr: float | None = None,
    ) -> list[BoxesWithInstances]:
        """Boxes and keypoints in image pixels from the answers of the backend."""
        return [
            self._of_picture(image.shape[1::-1], own, score_thr)
            for image, *own in zip(images, *answers, strict=True)
        ]

    def _of_picture(
        self,
        image_size: tuple[int, int],
        answers: Sequence[np.ndarray],
        score_thr: float | None,
    ) -> BoxesWithInstances:
        boxes, scores, keypoints, keypoint_scores, visible, *space = answers
        spec = self.backend.spec
        scale = letterbox_scale(image_size, spec.input_size, spec.enlarge)
        xyxy, score, labels, rows = select_candidates(
            boxes,
            scores,
            scale,
            image_size,
            self.score_thr if score_thr is None else score_thr,
            self.nms_thr,
            spec.max_boxes,
        )
        keep = nms_across_categories(xyxy, score, self.place_thr)
        xyxy, score, labels, rows = xyxy[keep], score[keep], labels[keep], rows[keep]
        category_ids = [spec.taxonomy.category_of(int(label)) for label in labels]
        instances = []
        for at, (row, category_id) in enumerate(zip(rows, category_ids, strict=True)):
            own = spec.taxonomy.slots_of(category_id)
            instances.append(
                Instance(
                    category_id,
                    xyxy[at],
                    float(score[at]),
                    (keypoints[row, own] + 0.5) / scale - 0.5,  # pixel centers are on integers
                    keypoint_scores[row, own],
                    visible[row, own],
                    keypoints_3d=from_root(space[0][row, own]) if space else None,
                    taxonomy=spec.taxonomy,
                )
            )
        return BoxesWithInstances(xyxy, score, np.array(category_ids, int), tuple(instances))
