"""Detector and pose model as one: what is reported of a picture, given its boxes.

Shapes: B pictures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from surgtools.prediction.augmentation import AugmentedEstimator
from surgtools.prediction.estimators import (
    Boxes,
    Detector,
    DetectorBackend,
    PoseBackend,
    PoseEstimator,
)
from surgtools.prediction.parts import without_parts
from surgtools.prediction.postprocess import one_per_place
from surgtools.prediction.presence import believable
from surgtools.prediction.results import Instance

DOUBTFUL = 0.5
"""With test-time augmentation one view may be so much less sure, of the threshold, than all views
together have to be."""


class Thresholds(NamedTuple):
    """``bbox_thr``, ``nms_thr`` and ``place_thr`` of ``Inferencer``."""

    bbox: float
    nms: float | None
    place: float

    def floor(self, tta: bool | None) -> float:
        """Lowest score of a box that the detector may report."""
        return self.bbox if tta is False else self.bbox * DOUBTFUL


@dataclass(frozen=True)
class Finder:
    """Attributes:
    detector: pictures to boxes, doubtful ones included.
    pose: pictures and boxes to instances.
    augmented: the same two with test-time augmentation; None without it.
    thresholds: of what is reported.
    doubts: whether the pose model tells presence and has a say in what is reported.
    """

    detector: Callable[[Sequence[np.ndarray]], list[Boxes]]
    pose: Callable[[Sequence[np.ndarray], Sequence[Boxes]], list[list[Instance]]]
    augmented: AugmentedEstimator | None
    thresholds: Thresholds
    doubts: bool = False

    def find(
        self, images: Sequence[np.ndarray], boxes: Sequence[Boxes], augment: bool
    ) -> list[list[Instance]]:
        """Instances of each (H, W, 3) BGR picture in its boxes, which may come from anywhere."""
        instances = (self.augmented if augment else self.pose)(images, boxes)
        if augment or self.doubts:
            limits = self.thresholds.bbox, self.thresholds.place
            instances = [believable(own, *limits) for own in instances]
        return [without_parts(own) for own in instances]

    def sure(self, boxes: Boxes) -> Boxes:
        """Boxes of the detector that are reported without further views."""
        return boxes.subset(boxes.scores > self.thresholds.bbox)

    def one_per_place(self, boxes: Boxes) -> Boxes:
        """Boxes that are reported when the pose model, which had a say, is not asked."""
        kept = one_per_place(boxes.xyxy, boxes.scores, self.thresholds.place)
        return boxes.subset(np.isin(np.arange(len(boxes)), kept))


def pair_finder(
    detector: DetectorBackend,
    pose: PoseBackend,
    thresholds: Thresholds,
    max_batch: int,
    flip_test: bool,
    tta: bool | None,
    presence: bool,
) -> Finder:
    """Of two networks; arguments as of ``Inferencer``, ``max_batch`` as of ``PoseEstimator``."""
    # Two answers at one place wait until a pose model that tells presence has scored both.
    doubts = presence and pose.spec.has_presence
    place_thr = 1.0 if doubts else thresholds.place
    max_batch = max(8, max_batch)
    finder = Detector(detector, thresholds.floor(tta), thresholds.nms, place_thr)
    straight = PoseEstimator(pose, False, max_batch, presence)
    return Finder(
        finder,
        PoseEstimator(pose, flip_test, max_batch, presence),
        None if tta is False else AugmentedEstimator(finder, straight),
        thresholds,
        doubts,
    )


def one_stage_finder(
    config: Any,
    weights: Path,
    device: str | None,
    thresholds: Thresholds,
    tta: bool | None,
    trust: bool,
) -> Finder:
    """Of a network that finds boxes and keypoints at once."""
    from surgtools.prediction.one_stage import CarriedKeypoints, OneStageDetector

    finder = OneStageDetector(
        config, weights, device, thresholds.floor(tta), thresholds.nms, thresholds.place, trust
    )
    pose = CarriedKeypoints()
    augmented = None if tta is False else AugmentedEstimator(finder, pose)
    return Finder(finder, pose, augmented, thresholds)
