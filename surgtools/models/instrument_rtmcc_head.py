"""RTMPose's head for instruments: class-aware slots, visibility and presence.

Shapes: N instances, K slots, C categories, Wx and Wy bins, h and w cells of the coarse map.
"""

import torch
from mmengine.structures import InstanceData
from mmpose.evaluation.functional import simcc_pck_accuracy
from mmpose.models.heads import RTMCCHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor
from torch.nn import functional as F

from surgtools.models.own_slots import keep_own_slots
from surgtools.models.presence_branch import PresenceBranch
from surgtools.models.visibility_branch import VisibilityBranch, visibility_loss
from surgtools.taxonomy.in_configs import to_taxonomy

Outputs = tuple[Tensor, ...]


@MODELS.register_module()
class InstrumentRTMCCHead(RTMCCHead):
    """``RTMCCHead`` that also says whether each keypoint is visible or hidden.

    It predicts all slots; ``predict`` keeps those of the box's category, which the sample
    carries as ``category_id``. Visibility is trained on labelled keypoints only.

    Trained from scratch on turned instruments, SimCC alone stays for many epochs where it knows
    no more than how keypoints are spread over all pictures. The K maps that the head flattens
    are therefore also asked for the cell that holds each keypoint: a question that convolutions
    answer quickly, because it moves with the picture. It costs nothing once trained.

    Args:
        out_channels: number of slots; None, or what the taxonomy says.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        visibility_weight: of the visibility loss beside the keypoint loss.
        coarse_weight: of the loss on the cells.
        presence_weight: of the presence loss; 0 makes a head without that output.
        presence_channels: of the first level, where presence looks at that one, see
            ``BackboneWithPhotoFeatures``; None where it looks at the last, as keypoints do.
        presence_hidden: channels inside of the presence branch.
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
        visibility_weight: float = 0.2,
        coarse_weight: float = 1.0,
        presence_weight: float = 0.0,
        presence_channels: int | None = None,
        presence_hidden: int = 128,
        **kwargs,
    ) -> None:
        own = to_taxonomy(taxonomy)
        super().__init__(out_channels=out_channels or own.num_slots, **kwargs)
        self.taxonomy = own
        self.coarse_weight = coarse_weight
        self.visibility_weight = visibility_weight
        self.visibility = VisibilityBranch(self.in_channels)
        self.presence_weight = presence_weight
        self.presence = None
        self.presence_level = -1 if presence_channels is None else 0
        if presence_weight:
            channels = presence_channels or self.in_channels
            count = len(self.taxonomy.categories)
            self.presence = PresenceBranch(channels, count, presence_hidden)

    def forward(self, feats: tuple[Tensor, ...]) -> Outputs:
        """Logits: SimCC x (N, K, Wx) and y (N, K, Wy), visibility (N, K), presence (N, C).

        The last two are missing from a head without these outputs.
        """
        maps = self.final_layer(feats[-1])
        outputs = self._decode_maps(maps)
        if self.visibility is not None:
            outputs = *outputs, self._see(feats[-1], maps)
        if self.presence is None:
            return outputs
        return *outputs, self.presence(feats[self.presence_level])

    def _decode_maps(self, maps: Tensor) -> Outputs:
        """SimCC from the coarse maps (N, K, h, w)."""
        hidden = self.gau(self.mlp(torch.flatten(maps, 2)))
        return self.cls_x(hidden), self.cls_y(hidden)

    def _see(self, features: Tensor, maps: Tensor) -> Tensor:
        """Visibility (N, K) at the cells that the coarse maps name."""
        likely = maps.float().flatten(2).softmax(dim=-1).view_as(maps).type_as(features)
        return self.visibility(features, likely)

    def loss(
        self, feats: tuple[Tensor, ...], batch_data_samples: list[PoseDataSample], train_cfg=None
    ) -> dict[str, Tensor]:
        """``loss_kpt``, ``loss_coarse``, ``loss_visibility`` and the accuracy ``acc_pose``.

        With the presence output also ``loss_presence`` and ``acc_presence``. Samples without an
        instrument count in these two only.
        """
        maps = self.final_layer(feats[-1])
        simcc_x, simcc_y = self._decode_maps(maps)
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        label_x = torch.cat([label.keypoint_x_labels for label in labels])
        label_y = torch.cat([label.keypoint_y_labels for label in labels])
        weights = torch.cat([label.keypoint_weights for label in labels])
        visible_labels = torch.cat([label.visibility_labels for label in labels])
        visible = self._see(feats[-1], maps)
        _, accuracy, _ = simcc_pck_accuracy(
            output=to_numpy((simcc_x.float(), simcc_y.float())),
            target=to_numpy((label_x, label_y)),
            simcc_split_ratio=self.simcc_split_ratio,
            mask=to_numpy(weights) > 0,
        )
        losses = {
            "loss_kpt": self.loss_module((simcc_x, simcc_y), (label_x, label_y), weights),
            "loss_coarse": self.coarse_weight * coarse_loss(maps, label_x, label_y, weights),
            "loss_visibility": self.visibility_weight
            * visibility_loss(visible, visible_labels, weights),
            "acc_pose": torch.tensor(accuracy, device=weights.device),
        }
        if self.presence is None:
            return losses
        present = torch.cat([label.presence_labels for label in labels])
        return losses | self.presence.loss(
            feats[self.presence_level], present, self.presence_weight
        )

    def predict(
        self,
        feats: tuple[Tensor, ...] | list[tuple[Tensor, ...]],
        batch_data_samples: list[PoseDataSample],
        test_cfg: dict | None = None,
    ) -> list[InstanceData]:
        """Keypoints of each box in the slots of its category.

        Args:
            feats: of the pictures, or with ``flip_test`` of the pictures and their mirror images.

        Returns:
            Per box ``keypoints`` (1, K, 2) in input pixels, ``keypoint_scores`` (1, K) and
            ``keypoints_visible`` (1, K), the last two in [0, 1]; 0 in foreign slots. With the
            presence output also ``presence`` (1,): the probability that the box holds an
            instrument of its category.
        """
        if (test_cfg or {}).get("flip_test", False):
            indices = batch_data_samples[0].metainfo["flip_indices"]
            outputs = self._average_flipped(*map(self.forward, feats), indices)
        else:
            outputs = self.forward(feats)
        simcc_x, simcc_y, *others = (output.float() for output in outputs)
        predictions = self.decode((simcc_x, simcc_y))
        parts = {"keypoints_visible": self.visibility, "presence": self.presence}
        names = [name for name, part in parts.items() if part is not None]
        for name, logits in zip(names, others, strict=True):
            for prediction, probability in zip(predictions, logits.sigmoid(), strict=True):
                prediction.set_field(to_numpy(probability)[None], name)
        return keep_own_slots(predictions, batch_data_samples, self.taxonomy)

    def _average_flipped(
        self, straight: Outputs, mirrored: Outputs, indices: list[int]
    ) -> Outputs:
        """Mean of the outputs and those of the mirror image, turned back.

        Pixel x of width w mirrors to w - 1 - x. With s bins per pixel that is s - 1 bins beside
        a plain flip of the bins, which the host's ``flip_vectors`` leaves out, and with it a codec
        that reads answers as the host does.
        """
        beside = 0 if self.decoder.as_host else int(self.simcc_split_ratio) - 1
        by_slot = 2 if self.visibility is None else 3
        x, *others = (output[:, indices] for output in mirrored[:by_slot])
        unflipped = (x.flip(-1).roll(-beside, dims=-1), *others, *mirrored[by_slot:])
        return tuple((a + b) / 2 for a, b in zip(straight, unflipped, strict=True))


def coarse_loss(maps: Tensor, label_x: Tensor, label_y: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy between maps and the cells around each keypoint, mean over what counts.

    Args:
        maps: (N, K, h, w) logits.
        label_x: (N, K, Wx) SimCC labels; ``label_y`` (N, K, Wy).
        weights: (N, K), 0 for slots that do not count.

    Returns:
        Scalar in nats; 0 when no slot counts.
    """
    across, down = (
        cell_weights(label.argmax(dim=-1), label.shape[-1], cells)
        for label, cells in ((label_x, maps.shape[3]), (label_y, maps.shape[2]))
    )
    target = (down[..., :, None] * across[..., None, :]).flatten(2)
    likely = F.log_softmax(maps.float().flatten(2), dim=-1)
    return -((target * likely).sum(dim=-1) * weights).sum() / weights.sum().clamp(min=1)


def cell_weights(position: Tensor, bins: int, cells: int) -> Tensor:
    """Linear weights of the two nearest cell centers along one axis.

    Args:
        position: (N, K) in bins.

    Returns:
        (N, K, cells), each row sums to 1.
    """
    centers = torch.arange(cells, device=position.device)
    along = ((position + 0.5) * cells / bins - 0.5).clamp(0, cells - 1)
    return (1 - (along[..., None] - centers).abs()).clamp(min=0)
