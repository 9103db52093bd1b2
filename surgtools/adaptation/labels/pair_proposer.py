"""The teacher pair: a detector and a pose model that propose instances for whole pictures."""

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from mmengine.registry import TASK_UTILS
from torch import nn

from surgtools.errors import InputError
from surgtools.prediction.augmentation import ONE_VIEW
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.models import ROLES, Models
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import drop_parts
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.views import View


@TASK_UTILS.register_module()
class PairProposer(Predictor):
    """Detector and pose model as ``predict`` runs them, with a low score floor.

    Weak augmentation is left to the caller, who shows several views; the networks run in
    evaluation mode.

    Args:
        det_model: config of the detector; ``det_weights`` its checkpoint.
        pose2d: config of the pose model; ``pose2d_weights`` its checkpoint.
        device: for example ``cpu`` or ``cuda:0``; None takes CUDA where there is one.
        score_floor: boxes below are not even doubted. Low on purpose: a weak proposal marks a
            picture as unsafe background.
        max_boxes: the surest boxes of a picture that are looked at. A floor this low lets dozens
            pass, and the pose model would spend nearly all of its time on them.
        trust_checkpoint: load files that can run code.
        zoom: whether the detector also looks at parts, see ``Inferencer``.
        engine: ``ray`` lets the workers of a cluster propose, see ``propose``.
    """

    def __init__(
        self,
        det_model: str,
        det_weights: str | None,
        pose2d: str,
        pose2d_weights: str | None,
        device: str | None = None,
        score_floor: float = 0.1,
        max_boxes: int = 8,
        trust_checkpoint: bool = False,
        zoom: str | int = "off",
        engine: str = "local",
    ) -> None:
        from surgtools.prediction.backends.torch_backend import torch_detector, torch_pose

        how = (device or "auto", "fp32", trust_checkpoint)
        detector = torch_detector(det_model, det_weights, *how)
        detector.spec = replace(detector.spec, max_boxes=min(max_boxes, detector.spec.max_boxes))
        pose = torch_pose(pose2d, pose2d_weights, *how)
        # Rival categories at one place are a doubt that the selection rules want to see.
        thresholds = Thresholds(score_floor, place=1.0, doubtful=1.0)
        ready = Predictor.of_networks(detector, pose, thresholds, flip_test=False, zoom=zoom)
        super().__init__(
            ready.detector,
            ready.pose,
            thresholds,
            presence=ready.presence,
            taxonomy=ready.taxonomy,
        )
        self.score_floor, self.max_boxes = score_floor, max_boxes
        self.engine, self.device = engine, detector.device
        self._seen: dict[bytes, Boxes] = {}

    def __getstate__(self) -> dict:
        """For a worker: without what was seen here."""
        return {**vars(self), "_seen": {}}

    @classmethod
    def of(
        cls,
        models: Models,
        score_floor: float,
        device: str | None,
        trust: bool,
        zoom: str | int = "off",
        engine: str = "local",
    ) -> "PairProposer":
        """The pair that ``models`` names."""
        return cls(
            **models.to_dict(),
            score_floor=score_floor,
            device=device,
            trust_checkpoint=trust,
            zoom=zoom,
            engine=engine,
        )

    def predict_view(
        self,
        images: Sequence[np.ndarray],
        boxes: Sequence[Boxes] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[Instance]]:
        """As of a ``Predictor``; the pose model has had its say in the score."""
        return [
            drop_parts([i for i in row if i.bbox_score > self.score_floor])
            for row in super().predict_view(images, boxes, views)
        ]

    def detect(
        self,
        images: Sequence[np.ndarray],
        views: Sequence[View] = ONE_VIEW,
        floor: float | None = None,
    ) -> list[Boxes]:
        """As of a ``Predictor``, once per picture as long as the detector stays.

        While a pose model is adapted its teacher shows the same frames, in the same views, to the
        same detector in every round.
        """
        keys = [
            hashlib.sha256(f"{floor} {i.shape}".encode() + i.tobytes()).digest() for i in images
        ]
        pictures = dict(zip(keys, images, strict=True))
        new = {key: image for key, image in pictures.items() if key not in self._seen}
        if new:
            found = super().detect(list(new.values()), views, floor)
            found = [own.subset(np.arange(len(own)) < self.max_boxes) for own in found]
            self._seen.update(zip(new, found, strict=True))
        return [self._seen[key] for key in keys]

    def signature(self) -> str:
        """Names the networks and how they are asked: equal signatures, equal answers."""
        networks = (self.detector.backend.network, self.pose.backend.network)
        return " ".join((type(self).__name__, *map(digest, networks)))

    def adopt(self, role: str, model: nn.Module) -> None:
        """Let a network in memory, for example the student's moving average, take one part.

        A copy is taken, buffers included, so that the training may go on; its batch norms are
        folded into the convolutions, as those of networks from files are.
        """
        from surgtools.prediction.networks import fuse

        if role not in ROLES:
            raise InputError(f"role {role!r} given; {' or '.join(ROLES)} is expected")
        backend = (self.detector if role == "detector" else self.pose).backend
        if role == "detector":
            self._seen.clear()
        own = type(backend.network)(fuse(copy.deepcopy(model))).eval()
        backend.network = own.to(backend.device, memory_format=torch.channels_last)


def digest(model: nn.Module) -> str:
    """Hash of all parameters and buffers."""
    state = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        state.update(name.encode())
        values = value.detach().cpu().contiguous().reshape(-1)
        state.update(values.view(torch.uint8).numpy().tobytes())
    return state.hexdigest()
