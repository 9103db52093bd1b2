"""Keypoint R-CNN of torchvision as a model of the hosts: the one-stage baseline.

Shapes: B pictures, N instances of one picture, K slots of the union. Boxes are ``xyxy``; pixel
centers are on integers outside the network and on halves inside, as torchvision has them.
"""

import torch
from mmdet.registry import MODELS
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.models.detection import keypointrcnn_resnet50_fpn
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from surgtools.taxonomy.in_configs import to_taxonomy

_CENTER = 0.5
"""From pixel centers on integers to torchvision's."""


@MODELS.register_module()
class InstrumentKeypointRCNN(BaseModel):
    """Boxes, categories and keypoints from whole pictures, without pretrained weights.

    The network answers in all slots of the union; a detection keeps those of its category. In
    training foreign slots have v = 0, which torchvision's loss leaves out. There is no output for
    the visibility of a keypoint.

    Args:
        data_preprocessor: the host's; it scales the colors. The pipeline has resized already.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        kwargs: settings of ``torchvision.models.detection.KeypointRCNN``.
    """

    def __init__(
        self,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
        taxonomy: dict | str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.taxonomy = to_taxonomy(taxonomy)
        num_classes, num_slots = len(self.taxonomy.categories), self.taxonomy.num_slots
        self.network = keypointrcnn_resnet50_fpn(
            weights=None,
            weights_backbone=None,
            num_classes=num_classes + 1,  # label 0 is the background
            num_keypoints=num_slots,
            **kwargs,
        )
        self.network.transform = _Unchanged(0, 0, image_mean=(0, 0, 0), image_std=(1, 1, 1))
        heads = self.network.roi_heads
        heads.keypoint_predictor = nn.Sequential(heads.keypoint_predictor, _LogProbability())
        owns = torch.zeros(num_classes, num_slots, dtype=torch.bool)
        for label, category in enumerate(self.taxonomy.categories):
            owns[label, self.taxonomy.slots_of(category.id)] = True
        self.register_buffer("owns", owns, persistent=False)

    def forward(
        self, inputs: Tensor, data_samples: list | None = None, mode: str = "tensor"
    ) -> dict[str, Tensor] | list:
        """See the host's ``BaseModel``.

        Args:
            inputs: (B, 3, h, w).
            data_samples: B samples; for ``loss`` their ``gt_instances`` hold ``bboxes`` (N, 4),
                ``labels`` (N,) and ``keypoints`` (N, K, 3). N may be 0.

        Returns:
            For ``loss`` torchvision's five losses. For ``predict`` the samples with
            ``pred_instances``: ``bboxes``, ``labels``, ``scores`` and ``bbox_scores`` (the same),
            ``keypoints`` (N, K, 2), ``keypoint_scores`` (N, K) in [0, 1], in pixels of the
            original picture; foreign slots are 0. For ``tensor`` torchvision's detections.
        """
        if mode == "loss":
            return self.network(list(inputs), [_to_target(sample) for sample in data_samples])
        found = self.network(list(inputs))
        if mode == "tensor":
            return found
        for one, sample in zip(found, data_samples, strict=True):
            sample.pred_instances = self._to_instances(one, sample)
        return data_samples

    def _to_instances(self, found: dict[str, Tensor], sample) -> InstanceData:
        labels = found["labels"] - 1
        scale = found["boxes"].new_tensor(sample.metainfo.get("scale_factor", (1.0, 1.0)))
        height, width = sample.metainfo["ori_shape"][:2]
        boxes = ((found["boxes"] + _CENTER) / scale.repeat(2) - _CENTER).clamp(min=0)
        limits = boxes.new_tensor((width, height, width, height))
        own = self.owns[labels]
        return InstanceData(
            bboxes=torch.minimum(boxes, limits),
            labels=labels,
            scores=found["scores"],
            bbox_scores=found["scores"],
            keypoints=(found["keypoints"][..., :2] / scale - _CENTER) * own[..., None],
            keypoint_scores=found["keypoints_scores"].exp().clamp(max=1) * own,
        )


def _to_target(sample) -> dict[str, Tensor]:
    truth = sample.gt_instances
    centers = truth.keypoints.new_tensor((_CENTER, _CENTER, 0))
    return {
        "boxes": truth.bboxes,
        "labels": truth.labels + 1,
        "keypoints": truth.keypoints + centers,
    }


class _Unchanged(GeneralizedRCNNTransform):
    """torchvision would resize; the pipeline has done it."""

    def resize(self, image: Tensor, target: dict | None = None) -> tuple[Tensor, dict | None]:
        return image, target


class _LogProbability(nn.Module):
    """Logits (N, K, h, w) as logarithms of the probability of each cell.

    The loss, a softmax over the cells, is the same on both; the height of the peak, which
    torchvision returns as the keypoint's score, becomes a number that means something.
    """

    def forward(self, logits: Tensor) -> Tensor:
        return logits.flatten(2).log_softmax(dim=2).view_as(logits)
