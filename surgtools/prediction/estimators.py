"""What networks are asked for, whatever runs them, and boxes from a detector.

A backend only maps arrays to raw outputs (``DetectorBackend``, ``PoseBackend``); preprocessing and
postprocessing are written once, here and in ``pose_estimator``. No torch in either.

Shapes: B pictures, N boxes, k keypoints of a category, K union slots.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from surgtools.evaluation.settings import SCORE_THR
from surgtools.prediction.postprocess import select_boxes
from surgtools.prediction.preprocess import (
    letterbox,
    letterbox_scale,
    normalize,
    scaled_size,
)
from surgtools.prediction.specs import DetectorSpec, HeatmapSpec, SimCCSpec
from surgtools.prediction.suppression import nms_across_categories

STRIDE = 32
"""A detector takes sides that are multiples of its coarsest stride."""


class DetectorBackend(Protocol):
    """A detector network."""

    spec: DetectorSpec

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3, h, w) to boxes (B, P, 4) ``xyxy`` in network pixels and scores (B, P, C)."""


class PoseBackend(Protocol):
    """A pose network."""

    spec: SimCCSpec | HeatmapSpec

    def __call__(self, batch: np.ndarray) -> Sequence[np.ndarray | None]:
        """(N, 3, h, w) to the arrays that ``spec.outputs`` names."""


@dataclass(frozen=True)
class Boxes:
    """Detections of one picture; N may be 0.

    Attributes:
        xyxy: (N, 4) image pixels.
        scores: (N,).
        category_ids: (N,) COCO category ids.
    """

    xyxy: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    category_ids: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    def __len__(self) -> int:
        return len(self.xyxy)

    def subset(self, keep: np.ndarray) -> "Boxes":
        """Those that a (N,) mask names."""
        return Boxes(self.xyxy[keep], self.scores[keep], self.category_ids[keep])


class Detector:
    """Find instruments in whole pictures.

    Args:
        backend: the network.
        score_thr: boxes at or below it are dropped.
        nms_thr: None takes the one the network was configured with.
        place_thr: overlap above which the worse of two boxes of different categories is dropped;
            1 keeps both.
    """

    def __init__(
        self,
        backend: DetectorBackend,
        score_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = 1.0,
    ) -> None:
        self.backend, self.score_thr, self.place_thr = backend, score_thr, place_thr
        self.nms_thr = backend.spec.nms_thr if nms_thr is None else nms_thr

    def __call__(
        self, images: Sequence[np.ndarray], score_thr: float | None = None
    ) -> list[Boxes]:
        """Boxes of each (H, W, 3) BGR picture, best first; no pictures, no boxes.

        Args:
            score_thr: in the place of the detector's own.
        """
        together: dict[tuple[int, int], list[int]] = {}
        for index, image in enumerate(images):
            together.setdefault(self._canvas_size(image), []).append(index)
        found: dict[int, Boxes] = {}
        for indices in together.values():  # what a picture gets never depends on the others
            own = [images[index] for index in indices]
            answers = self.backend(self.preprocess(own))
            boxes = self.postprocess(own, *answers, score_thr=score_thr)
            found |= zip(indices, boxes, strict=True)
        return [found[index] for index in range(len(images))]

    def preprocess(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(B, 3, h, w) float32 network input of pictures that fill the same size."""
        spec, canvas_size = self.backend.spec, self._canvas_size(images[0])
        canvases = [
            letterbox(image, spec.input_size, spec.pad_value, spec.enlarge, canvas_size)
            for image in images
        ]
        return normalize(np.stack(canvases), spec.mean, spec.std, spec.bgr_to_rgb)

    def _canvas_size(self, image: np.ndarray) -> tuple[int, int]:
        """The input, or as much of it as a picture fills, where the network was trained so.

        A frame of 16:9 fills 60 % of a square. A network that was trained on padded squares
        knows the padding: its channel attention takes the mean of all.
        """
        spec = self.backend.spec
        if spec.enlarge or not getattr(self.backend, "any_size", False):
            return spec.input_size
        width, height = scaled_size(image.shape[1::-1], spec.input_size, spec.enlarge)
        return -(-width // STRIDE) * STRIDE, -(-height // STRIDE) * STRIDE

    def postprocess(
        self,
        images: Sequence[np.ndarray],
        boxes: np.ndarray,
        scores: np.ndarray,
        score_thr: float | None = None,
    ) -> list[Boxes]:
        """Boxes in image pixels from (B, P, 4) and (B, P, C)."""
        spec = self.backend.spec
        score_thr = self.score_thr if score_thr is None else score_thr
        found = []
        for image, own_boxes, own_scores in zip(images, boxes, scores, strict=True):
            height, width = image.shape[:2]
            xyxy, score, labels = select_boxes(
                own_boxes,
                own_scores,
                letterbox_scale((width, height), spec.input_size, spec.enlarge),
                (width, height),
                score_thr,
                self.nms_thr,
                spec.max_boxes,
            )
            category_ids = np.array(
                [spec.taxonomy.category_of(label) for label in labels], dtype=int
            )
            keep = nms_across_categories(xyxy, score, self.place_thr)
            found.append(Boxes(xyxy[keep], score[keep], category_ids[keep]))
        return found
