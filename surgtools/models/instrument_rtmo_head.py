"""RTMO's head for several categories, each with its own keypoints.

Shapes: B pictures, N instances of a picture, P priors, A positive priors, T candidates, C
categories, K slots of the union, W bins of an axis. Everything is in network pixels; boxes are
``xyxy``.

Source: Lu et al., RTMO: Towards High-Performance One-Stage Real-Time Multi-Person Pose
Estimation, CVPR 2024.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from mmpose.models.heads import RTMOHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from mmpose.structures.bbox import bbox_overlaps, bbox_xyxy2cs
from torch import Tensor

from surgtools.models.ignored_boxes import lie_within
from surgtools.models.rtmo_places import find_places, prepare_places
from surgtools.models.visibility_branch import visibility_loss
from surgtools.taxonomy.in_configs import to_taxonomy

FIRST_SIDE = 128
"""Side of a box before anything is learned; keypoints are looked for in it."""

DISTANCE_WEIGHT = 0.2
"""Of an error of one stride on one side of a box: a box that does not overlap has no gradient."""


class Candidates(NamedTuple):
    """The T surest answers of each picture, before any is left out.

    ``boxes`` (B, T, 4), ``scores`` (B, T, C), ``keypoints`` (B, T, K, 2), ``keypoint_scores``
    (B, T, K) and ``visibility`` (B, T, K), the probability that a keypoint can be seen.
    """

    boxes: Tensor
    scores: Tensor
    keypoints: Tensor
    keypoint_scores: Tensor
    visibility: Tensor


@MODELS.register_module()
class InstrumentRTMOHead(RTMOHead):
    """``RTMOHead`` that tells categories apart and weighs keypoints.

    The host puts the OKS in the place of the one-hot target, so that every class learns that it
    is there. Here the class that is there learns the OKS, all others learn 0. Keypoints count by
    their weight, in the slots of their category alone; whether a labelled one can be seen is a
    target of its own. The score of a keypoint tells how sure its place is, not whether it is seen.

    A box is four distances from its prior, from as many layers as in RTMDet, so that a detector's
    can be taken. Keypoints are looked for in it, and the host lets the box, too, learn from where
    they are: it is pulled together until they lie outside. Here it learns from the true box alone.

    Args:
        head_module_cfg: see the host; the numbers of classes and keypoints are filled in.
        taxonomy: see ``to_taxonomy``; None is the built-in one.
        kwargs: see the host's head.
    """

    def __init__(
        self, head_module_cfg: Mapping, taxonomy: dict | str | None = None, **kwargs
    ) -> None:
        own = to_taxonomy(taxonomy)
        num_classes = len(own.categories)
        super().__init__(
            num_keypoints=own.num_slots,
            head_module_cfg=dict(head_module_cfg, num_classes=num_classes),
            num_classes=num_classes,
            **kwargs,
        )
        self.taxonomy = own
        for layer, stride in zip(self.head_module.out_bbox, self.featmap_strides, strict=True):
            layer.bias.data.fill_(FIRST_SIDE / stride / 2)
        prepare_places(self.dcc)
        sigmas = torch.tensor(own.sigmas)
        self.assigner.oks_calculator.sigmas = sigmas
        self.loss_oks.register_buffer("sigmas", sigmas, persistent=False)

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[list[Tensor], ...]:
        """As the host's, but boxes come before the last layers of the branch of the places."""
        parts = self.head_module
        scores, boxes, proxies, visible, poses = outputs = ([], [], [], [], [])
        further = []
        for level, feat in enumerate(feats):
            to_class, to_place = feat.chunk(2, dim=1)
            layers = parts.conv_pose[level]
            near = layers[: parts.stacked_convs](to_place)
            far = layers[parts.stacked_convs :](near)
            scores.append(parts.out_cls[level](parts.conv_cls[level](to_class)))
            boxes.append(parts.out_bbox[level](near))
            if self.training:
                proxies.append(parts.out_kpt_reg[level](far))
            visible.append(parts.out_kpt_vis[level](far))
            poses.append(parts.out_pose[level](far))
            further += self.look_further(level, far)
        return (*outputs, further) if further else outputs

    def look_further(self, level: int, features: Tensor) -> list[Tensor]:
        """What else is read at the places of a level, one (B, F, h, w); here nothing."""
        return []

    def further_losses(self, found: Tensor, carried: Tensor, one_hot: Tensor) -> dict[str, Tensor]:
        """Losses of what ``look_further`` reads; asked where it reads something.

        Args:
            found: (A, F).
            carried: (A, M) ``further`` of the instances, see ``to_labels``.
            one_hot: (A, C) categories.
        """
        return {}

    def complete(self, candidates: Candidates, further: Tensor) -> Candidates:
        """Candidates with what ``look_further`` reads, (B, T, F); asked where it does."""
        return candidates

    def sharpen(self, keypoints: Tensor, boxes: Tensor, pictures: Tensor) -> Tensor:
        """Keypoints (A, K, 2) as they are answered, for the OKS that categories learn.

        Args:
            boxes: (A, 4).
            pictures: (A,) their positions in the batch.
        """
        return keypoints

    def sharp_losses(
        self, keypoints: Tensor, truth: Tensor, weights: Tensor, areas: Tensor
    ) -> dict[str, Tensor]:
        """Losses of what ``sharpen`` answered, (A, K, 2)."""
        return {}

    def decode_bbox(self, distances: Tensor, priors: Tensor, stride: Tensor) -> Tensor:
        """(B, P, 4) ``xyxy`` from distances to the left, top, right and bottom in strides."""
        distances = distances * stride[:, None]
        return torch.cat((priors - distances[..., :2], priors + distances[..., 2:]), dim=-1)

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: dict | None = None,
    ) -> dict[str, Tensor]:
        """``loss_cls``, ``loss_bbox``, ``loss_oks``, ``loss_mle`` and ``loss_vis``.

        Args:
            batch_data_samples: each with ``gt_instance_labels`` as ``to_labels`` makes them and
                ``ignored`` boxes (M, 4), where nothing is learned to be background.
        """
        outputs = [self._flatten_predictions(level).float() for level in self.forward(feats)]
        logits, box_offsets, kpt_offsets, visible_logits, pose, *further = outputs
        sizes = [level.shape[2:] for level in feats]
        priors = torch.cat(
            self.prior_generator.grid_priors(
                sizes, dtype=logits.dtype, device=logits.device, with_stride=True
            )
        )
        boxes = self.decode_bbox(box_offsets, priors[:, :2], priors[:, 2])
        proxies = self.decode_kpt_reg(kpt_offsets, priors[:, :2], priors[:, 2])
        sure = torch.full_like(logits[..., :1], 1e4)  # there is no objectness
        shown = (logits, sure, boxes, proxies, visible_logits)
        targets = self._get_targets(priors, *(x.detach() for x in shown), batch_data_samples)
        positive, _, _, prior_weights, true_boxes, _, truth, _, weights, carried, *rest = targets
        areas, at = rest[0], rest[1]
        count = max(float(positive.sum()), 1.0)

        wanted = torch.zeros_like(logits).view(-1, self.num_classes)
        losses = {}
        if positive.any():
            ends = (self.num_keypoints, self.num_keypoints + self.num_classes)
            visible, one_hot, more = carried.tensor_split(ends, dim=1)
            for values in further:
                losses |= self.further_losses(values.flatten(0, 1)[positive], more, one_hot)
            found = boxes.view(-1, 4)[positive]
            apart = DISTANCE_WEIGHT * ((found - true_boxes).abs() / at[:, 2:3]).sum()
            losses["loss_bbox"] = (self.loss_bbox(found, true_boxes) + apart) / count
            losses["loss_oks"] = self.loss_oks(
                proxies.flatten(0, 1)[positive], truth, weights, areas
            )
            losses["loss_vis"] = self.loss_vis.loss_weight * visibility_loss(
                visible_logits.flatten(0, 1)[positive], visible, weights
            )
            with torch.autocast(logits.device.type, enabled=False):
                # a box learns from the true box alone; see the class
                window = torch.cat(bbox_xyxy2cs(found.detach(), self.bbox_padding), dim=1)
                keypoints, likely, sigmas = self.dcc.forward_train(
                    pose.flatten(0, 1)[positive], window, at[:, :2]
                )
                wanted_bins = self.dcc.generate_target_heatmap(truth, window, sigmas, areas)
                losses["loss_mle"] = self.loss_mle(likely, wanted_bins, weights)
            pictures = positive.nonzero()[:, 0] // len(priors)
            keypoints = self.sharpen(keypoints.detach(), found.detach(), pictures)
            losses |= self.sharp_losses(keypoints, truth, weights, areas)
            right = self._rightness(keypoints, truth, weights, areas, found, true_boxes)
            wanted[positive] = one_hot * right.pow(self.overlaps_power)[:, None]
        losses["loss_cls"] = (
            self.loss_cls(logits.view(-1, self.num_classes), wanted.detach(), prior_weights)
            / count
        )
        return losses

    @torch.no_grad()
    def _rightness(
        self,
        keypoints: Tensor,
        truth: Tensor,
        weights: Tensor,
        areas: Tensor,
        boxes: Tensor,
        true_boxes: Tensor,
    ) -> Tensor:
        """(A,) OKS, or the overlap of the boxes where no keypoint is labelled."""
        oks = self.assigner.oks_calculator(keypoints, truth, weights, areas)
        overlap = bbox_overlaps(boxes, true_boxes, is_aligned=True)
        return torch.where(weights.sum(dim=1) > 0, oks, overlap)

    @torch.no_grad()
    def _get_targets_single(self, priors: Tensor, *args) -> tuple:
        """As the host; background priors within an ignored box weigh nothing."""
        targets = super()._get_targets_single(priors, *args)
        boxes, positive, prior_weights = args[-1].get("ignored"), targets[0], targets[3]
        if boxes is not None and len(boxes):
            prior_weights[lie_within(priors, boxes) & ~positive] = 0
        return targets

    def answer(self, feats: tuple[Tensor, ...], max_candidates: int = 64) -> Candidates:
        """The surest candidates; made of standard operators, so that it can be exported."""
        logits, offsets, _, visible, pose, *further = (
            self._flatten_predictions(level) for level in self.forward(feats)
        )
        sizes = [tuple(int(side) for side in level.shape[2:]) for level in feats]
        priors = torch.cat(
            self.prior_generator.grid_priors(sizes, device=logits.device, with_stride=True)
        )
        boxes = self.decode_bbox(offsets.float(), priors[:, :2], priors[:, 2])
        scores = logits.float().sigmoid()
        count = min(max_candidates, len(priors))
        best = scores.amax(dim=-1).topk(count, dim=1).indices
        boxes, scores, visible, pose, at, *further = (
            _pick(values, best)
            for values in (
                boxes,
                scores,
                visible.float().sigmoid(),
                pose.float(),
                priors[None, :, :2].expand(logits.shape[0], -1, -1),  # len is traced as a number
                *(values.float() for values in further),
            )
        )
        with torch.autocast(logits.device.type, enabled=False):
            places, sure = find_places(
                self.dcc, *(v.flatten(0, 1) for v in (pose, boxes, at)), self.bbox_padding
            )
        shape = (-1, count, self.num_keypoints)
        found = Candidates(boxes, scores, places.reshape(*shape, 2), sure.reshape(shape), visible)
        return self.complete(found, *further) if further else found


def _pick(values: Tensor, index: Tensor) -> Tensor:
    """(B, P, D) at (B, T): (B, T, D)."""
    return values.gather(1, index[..., None].expand(-1, -1, values.shape[-1]))
