"""A network of the hosts that finds boxes and keypoints at once and cannot be taken apart.

One whose answers are plain arrays is an ``OneStageDetector``.

Shapes: B pictures, N instances of one picture, k keypoints of a category.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.evaluation.settings import SCORE_THR
from surgtools.hosts.checkpoints import load_weights
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, take_taxonomy
from surgtools.prediction.backends.torch_backend import find_device
from surgtools.prediction.carried_keypoints import BoxesWithInstances, CarriedKeypoints
from surgtools.prediction.models import Models
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import nms_across_categories
from surgtools.taxonomy import Taxonomy


class HostOneStageDetector:
    """In the place of ``Detector``: what it returns carries the keypoints.

    A picture goes through the config's own test pipeline, as in ``surgtools test``.

    Args:
        config: of a one-stage network.
        weights: its checkpoint.
        device: for example ``cpu`` or ``cuda:0``.
        score_thr: instances at or below it are dropped.
        nms_thr: None takes the one the network was configured with.
        place_thr: see ``Detector``.
        trust_checkpoint: load files that can run code.

    Raises:
        InputError: the checkpoint or the device cannot be used.
    """

    def __init__(
        self,
        config: Config,
        weights: str | Path,
        device: str | None = None,
        score_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = 1.0,
        trust_checkpoint: bool = False,
    ) -> None:
        take_taxonomy(config, weights, trust_checkpoint)
        self.taxonomy = config_taxonomy(config)
        with DefaultScope.overwrite_default_scope("mmdet"):
            self.model = MODELS.build(config.model)
            self.pipeline = Compose(config.test_dataloader.dataset.pipeline[1:])  # all but loading
        load_weights(self.model, weights, trust_checkpoint)
        self.model.eval().to(find_device(device))
        self.score_thr, self.place_thr = score_thr, place_thr
        if nms_thr is not None:
            self.model.network.roi_heads.nms_thresh = nms_thr

    @torch.inference_mode()
    def __call__(
        self, images: Sequence[np.ndarray], score_thr: float | None = None
    ) -> list[BoxesWithInstances]:
        """Instances of each (H, W, 3) BGR picture, best first; no pictures, no instances.

        Args:
            score_thr: in the place of the detector's own.
        """
        score_thr = self.score_thr if score_thr is None else score_thr
        if not images:
            return []
        samples = self.model.test_step(pseudo_collate([self._prepare(image) for image in images]))
        return [self._to_boxes(s.pred_instances.cpu().numpy(), score_thr) for s in samples]

    def _prepare(self, image: np.ndarray) -> dict:
        shape = image.shape[:2]
        return self.pipeline({"img": image, "img_shape": shape, "ori_shape": shape})

    def _to_boxes(self, found, score_thr: float) -> BoxesWithInstances:
        found = found[found.scores > score_thr]
        found = found[nms_across_categories(found.bboxes, found.scores, self.place_thr)]
        category_ids = np.array(
            [self.taxonomy.category_of(int(label)) for label in found.labels], dtype=int
        )
        instances = tuple(_to_instance(one, self.taxonomy) for one in found)
        return BoxesWithInstances(found.bboxes, found.scores, category_ids, instances)


def open_one_stage(
    models: Models,
    device: str | None,
    precision: str | None,
    thresholds: Any,
    trust_checkpoint: bool = False,
) -> tuple[HostOneStageDetector, CarriedKeypoints]:
    """Both parts of a ``Predictor`` from one network.

    Args:
        models: without a pose model.
        thresholds: see ``Thresholds``.

    Raises:
        InputError: the network cannot be loaded, or not run in that precision.
    """
    if precision not in (None, "fp32"):
        raise InputError(f"precision {precision}: a one-stage network runs in fp32; leave it out")
    detector = HostOneStageDetector(
        load_config(models.det_model),
        models.det_weights,
        device,
        thresholds.bbox,
        thresholds.nms,
        thresholds.place,
        trust_checkpoint,
    )
    return detector, CarriedKeypoints()


def _to_instance(found, taxonomy: Taxonomy) -> Instance:
    """From an ``InstanceData`` of length 1."""
    category_id = taxonomy.category_of(int(found.labels[0]))
    own = taxonomy.slots_of(category_id)
    scores = found.keypoint_scores[0, own]
    return Instance(
        category_id,
        found.bboxes[0],
        float(found.scores[0]),
        found.keypoints[0, own],
        scores,
        np.ones_like(scores),
        taxonomy=taxonomy,
    )
