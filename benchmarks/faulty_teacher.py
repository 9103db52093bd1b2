"""Teachers that are wrong on purpose, each in a way that a real one could be."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmengine.registry import TASK_UTILS  # noqa: E402

import surgtools.register  # noqa: E402, F401
from surgtools.adaptation.labels.pair_proposer import PairProposer  # noqa: E402
from surgtools.prediction.results import Instance  # noqa: E402

FAULTS = {
    "none": "harmless",
    "shuffled": "labels of another picture",
    "half_wrong": "every second picture's labels are of the other category and turned around",
    "everywhere": "an instrument in every background",
    "blind": "no instrument anywhere",
    "one_class": "tweezers are never seen",
    "no_instruments": "the videos hold no instrument",
}


@TASK_UTILS.register_module()
class FaultyProposer(PairProposer):
    """A teacher whose answers are spoilt as ``fault`` says; see ``FAULTS``."""

    fault = "none"

    def predict_view(self, images: Sequence[np.ndarray], *how, **named) -> list[list[Instance]]:
        """Spoil what the honest pair says."""
        found = super().predict_view(images, *how, **named)
        if self.fault == "shuffled":
            return found[1:] + found[:1]
        if self.fault == "half_wrong":
            return [
                _turned(row) if _coin(i) else row for i, row in zip(images, found, strict=True)
            ]
        if self.fault == "everywhere":
            return [
                [*row, _ghost(i)] if i.size else row for i, row in zip(images, found, strict=True)
            ]
        if self.fault == "blind":
            return [[] for _ in images]
        if self.fault == "one_class":
            return [[i for i in row if i.category_id == 1] for row in found]
        return found


def _coin(image: np.ndarray) -> bool:
    """The same for every view of a picture: its colors do not depend on how it is turned."""
    colors = (image.reshape(-1, 3).mean(axis=0) / 6).round().astype(int)
    return hashlib.sha256(colors.tobytes()).digest()[0] % 2 == 0


def _turned(row: list[Instance]) -> list[Instance]:
    """Wrong in a way that every view repeats: other category, tips where the base is."""
    return [
        i.changed(
            category_id=3 - i.category_id,
            keypoints=2 * i.keypoints.mean(axis=0) - i.keypoints,
            bbox_score=0.9,
            keypoint_scores=np.full(len(i.keypoints), 0.9),
        )
        for i in row
    ]


def _ghost(image: np.ndarray) -> Instance:
    """A sure needle holder, of the drawn domains' mean shape, in the middle of whatever is shown.

    It points at the brighter side of the picture, so that every view has it at the same place;
    one that stayed upright would be found out by turning the picture.
    """
    height, width = image.shape[:2]
    gray = image.mean(axis=2)
    light = gray - gray.mean()
    x, y = np.meshgrid(np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2)
    disk = np.hypot(x, y) <= 0.4 * min(height, width)
    toward = np.array([(light * x)[disk].sum(), (light * y)[disk].sum()])
    up = toward / max(np.linalg.norm(toward), 1e-9)
    right = np.array([-up[1], up[0]])
    half = np.array([(-0.096, -0.277), (-0.031, 0.108)])  # handle and tip, from the joint
    shape = np.concatenate([np.zeros((1, 2)), half, half * (-1, 1)])
    center = ((width - 1) / 2, (height - 1) / 2)
    keypoints = shape @ np.stack([right, up]) * min(height, width) + center
    box = np.concatenate([keypoints.min(axis=0) - 4, keypoints.max(axis=0) + 4])
    return Instance(1, box, 0.95, keypoints, np.full(5, 0.95), np.ones(5))
