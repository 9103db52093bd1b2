"""A one-stage network as a proposer: it is measured by what measures a pair."""

from collections.abc import Sequence

import numpy as np

from surgtools.prediction.augmentation import ONE_VIEW
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.models import Models
from surgtools.prediction.network_pair import open_networks
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import drop_parts
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.views import View


class OneStageProposer(Predictor):
    """One network for boxes and keypoints as ``predict`` runs it, with a low score floor.

    It proposes as ``PairProposer`` does, and always sees whole pictures.

    Args:
        models: the network.
        score_floor: boxes at or below it are not even doubted.
        device: for example ``cpu`` or ``cuda:0``; None takes CUDA where there is one.
        trust_checkpoint: load files that can run code.
        max_boxes: the surest instances of a picture that are looked at.
    """

    def __init__(
        self,
        models: Models,
        score_floor: float,
        device: str | None = None,
        trust_checkpoint: bool = False,
        max_boxes: int = 8,
    ) -> None:
        # Rival categories at one place are a doubt that the selection rules want to see.
        thresholds = Thresholds(score_floor, place=1.0, doubtful=1.0)
        how = {"precision": "fp32", "trust_checkpoint": trust_checkpoint}
        parts = open_networks(models, device or "auto", thresholds, **how)
        super().__init__(parts.detector, parts.pose, thresholds, taxonomy=parts.taxonomy)
        self.score_floor, self.max_boxes = score_floor, max_boxes

    def detect(
        self,
        images: Sequence[np.ndarray],
        views: Sequence[View] = ONE_VIEW,
        floor: float | None = None,
    ) -> list[Boxes]:
        """As of a ``Predictor``; the surest ``max_boxes`` of each picture."""
        found = super().detect(images, views, floor)
        return [own.subset(np.arange(len(own)) < self.max_boxes) for own in found]

    def predict_view(
        self,
        images: Sequence[np.ndarray],
        boxes: Sequence[Boxes] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[Instance]]:
        """As of a ``Predictor``, without parts of what was found whole."""
        return [drop_parts(row) for row in super().predict_view(images, boxes, views)]
