"""The pose model of a run: frames in order and their boxes to instances."""

from collections.abc import Sequence

import numpy as np

from surgtools.prediction.estimators import Boxes
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.refused_boxes import EVERY, RefusedBoxes
from surgtools.prediction.results import Instance
from surgtools.prediction.sources import Frame, Source
from surgtools.prediction.views import View


class FrameKeypoints:
    """Ask the pose model about boxes; in a video not again about what presence has refused.

    See ``RefusedBoxes``. Without presence, or in several views, every box is looked at.

    Args:
        predictor: the networks.
        refused_for: frames before a refused box is looked at again.
    """

    def __init__(self, predictor: Predictor, refused_for: int = EVERY) -> None:
        self.predictor, self.refused_for = predictor, refused_for
        self._video: Source | None = None
        self._refused = self._memory()

    def __call__(
        self, frames: Sequence[Frame], boxes: Sequence[Boxes], views: Sequence[View]
    ) -> list[list[Instance]]:
        """What is reported of each frame; frames of one video are expected in their order.

        Args:
            boxes: of each frame.
            views: how all of them are shown.
        """
        remembers = self.predictor.presence and len(views) == 1
        if not remembers or not all(frame.source.is_video for frame in frames):
            return self.predictor.find([frame.image for frame in frames], boxes, views)
        return [self._of_video(frame, own) for frame, own in zip(frames, boxes, strict=True)]

    def _of_video(self, frame: Frame, boxes: Boxes) -> list[Instance]:
        if frame.source != self._video:
            self._video, self._refused = frame.source, self._memory()
        worth = boxes.subset(self._refused.worth_a_look(frame.image, boxes))
        (found,) = self.predictor.predict_view([frame.image], [worth])
        scores = np.array([instance.bbox_score for instance in found])
        self._refused.learn(frame.image, worth, scores)
        (reported,) = self.predictor.report([found])
        return self.predictor.confirmed(frame.image, boxes, reported, turned=False)

    def _memory(self) -> RefusedBoxes:
        return RefusedBoxes(self.predictor.thresholds.bbox, self.refused_for)
