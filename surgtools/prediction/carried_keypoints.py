"""Boxes that come with their keypoints, in the places of a detector's and a pose model's answers.

No torch. Shapes: N instances of one picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.results import Instance


@dataclass(frozen=True)
class BoxesWithInstances(Boxes):
    """Detections that know their keypoints already.

    Attributes:
        instances: N, in the order of the boxes.
    """

    instances: tuple[Instance, ...] = ()

    def subset(self, keep: np.ndarray) -> "BoxesWithInstances":
        """Those that a (N,) mask names."""
        boxes = super().subset(keep)
        left = tuple(i for i, kept in zip(self.instances, keep, strict=True) if kept)
        return BoxesWithInstances(boxes.xyxy, boxes.scores, boxes.category_ids, left)


class CarriedKeypoints:
    """In the place of ``PoseEstimator``: nothing is left to estimate."""

    def __call__(
        self, images: Sequence[np.ndarray], boxes: Sequence[Boxes]
    ) -> list[list[Instance]]:
        """Instances of each picture.

        Raises:
            InputError: boxes that are not those of the network in this very picture.
        """
        if not all(isinstance(own, BoxesWithInstances) for own in boxes):
            raise InputError(
                "--boxes and --det-interval need a pose model of its own, a one-stage network "
                "looks at whole pictures; give --pose2d CONFIG --pose2d-weights CHECKPOINT"
            )
        return [list(own.instances) for own in boxes]
