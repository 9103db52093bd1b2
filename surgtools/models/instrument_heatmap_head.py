"""ViTPose's head for instruments: class-aware slots, visibility and presence.

Shapes: N instances, K slots, C feature channels, h and w cells of a heatmap.
"""

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.evaluation.functional import pose_pck_accuracy
from mmpose.models.heads import HeatmapHead
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor
from torch.nn import functional as F

from surgtools.models.own_slots import keep_own_slots
from surgtools.models.presence_branch import PresenceBranch
from surgtools.models.visibility_branch import VisibilityBranch, visibility_loss
from surgtools.taxonomy.in_configs import to_taxonomy


@MODELS.register_module()
class InstrumentHeatmapHead(HeatmapHead):
    """``HeatmapHead`` that also says whether each keypoint is visible or hidden.

    As in ``InstrumentRTMCCHead`` the answer is that of the box's category, and visibility and
    presence are those of that head.

    Args:
        out_channels: number of slots; None, or what the taxonomy says.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        visibility_weight: of the visibility loss beside the heatmap loss, whose values are small.
        presence_weight: of the presence loss; 0 makes a head without that output.
        kwargs: see the host's head.
    """

    optional_parts = ("presence", "visibility")
    """Left out where a trained checkpoint does not have them, see ``load_weights``; those of the
    hosts have neither."""

    def __init__(
        self,
        *,
        out_channels: int | None = None,
        taxonomy: dict | str | None = None,
        visibility_weight: float = 1e-3,
        presence_weight: float = 0.0,
        **kwargs,
    ) -> None:
        own = to_taxonomy(taxonomy)
        super().__init__(out_channels=out_channels or own.num_slots, **kwargs)
        self.taxonomy = own
        self.visibility_weight = visibility_weight
        self.visibility = VisibilityBranch(self.in_channels)
        self.presence_weight = presence_weight
        self.presence = None
        if presence_weight:
            self.presence = PresenceBranch(self.in_channels, len(self.taxonomy.categories))

    def predict_visibility(self, feats: tuple[Tensor, ...], heatmaps: Tensor) -> Tensor:
        """Logits (N, K) of "visible" from (N, C, h, w) features, where the heatmaps peak."""
        features = feats[-1]
        scale = int(heatmaps.shape[-1]) // int(features.shape[-1])
        where = F.max_pool2d(heatmaps.clamp(min=0), scale)
        return self.visibility(features, where.type_as(features))

    def loss(
        self, feats: tuple[Tensor, ...], batch_data_samples: list[PoseDataSample], train_cfg=None
    ) -> dict[str, Tensor]:
        """The host's losses and ``loss_visibility`` over labelled keypoints."""
        heatmaps = self.forward(feats)
        targets = torch.stack([sample.gt_fields.heatmaps for sample in batch_data_samples])
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        weights = torch.cat([label.keypoint_weights for label in labels])
        visible_labels = torch.cat([label.visibility_labels for label in labels])
        visible = self.predict_visibility(feats, heatmaps)
        _, accuracy, _ = pose_pck_accuracy(
            output=to_numpy(heatmaps.float()),
            target=to_numpy(targets),
            mask=to_numpy(weights) > 0,
        )
        losses = {
            "loss_kpt": self.loss_module(heatmaps, targets, weights),
            "loss_visibility": self.visibility_weight
            * visibility_loss(visible, visible_labels, weights),
            "acc_pose": torch.tensor(accuracy, device=weights.device),
        }
        if self.presence is None:
            return losses
        present = torch.cat([label.presence_labels for label in labels])
        return losses | self.presence.loss(feats[-1], present, self.presence_weight)

    def predict(
        self,
        feats: tuple[Tensor, ...] | list[tuple[Tensor, ...]],
        batch_data_samples: list[PoseDataSample],
        test_cfg: dict | None = None,
    ) -> list[InstanceData]:
        """As ``InstrumentRTMCCHead.predict``; a score is the height of the heatmap's peak."""
        test_cfg = test_cfg or {}
        looks = feats if test_cfg.get("flip_test", False) else [feats]
        heatmaps = [self.forward(look) for look in looks]
        visible = None
        if self.visibility is not None:
            both = zip(looks, heatmaps, strict=True)
            visible = [self.predict_visibility(look, maps) for look, maps in both]
        if len(looks) == 2:
            indices = batch_data_samples[0].metainfo["flip_indices"]
            heatmaps[1] = flip_heatmaps(
                heatmaps[1],
                flip_mode=test_cfg.get("flip_mode", "heatmap"),
                flip_indices=indices,
                shift_heatmap=test_cfg.get("shift_heatmap", False),
            )
            if visible is not None:
                visible[1] = visible[1][:, indices]
        predictions = self.decode(sum(heatmaps) / len(looks))
        for prediction in predictions:
            prediction.keypoint_scores = np.clip(prediction.keypoint_scores, 0, 1)
        if visible is not None:
            logits = sum(visible) / len(looks)
            for prediction, probability in zip(predictions, logits.sigmoid(), strict=True):
                prediction.keypoints_visible = to_numpy(probability)[None]
        if self.presence is not None:
            logits = sum(self.presence(look[-1]) for look in looks) / len(looks)
            for prediction, probability in zip(predictions, logits.sigmoid(), strict=True):
                prediction.presence = to_numpy(probability)[None]
        return keep_own_slots(predictions, batch_data_samples, self.taxonomy)
