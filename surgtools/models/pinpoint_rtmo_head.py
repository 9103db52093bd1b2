"""RTMO's head that puts keypoints where the picture shows them.

Shapes: as of ``InstrumentRTMOHead``; S cells of the finest level, V answers of whatever picture.
"""

from collections.abc import Mapping, Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn
from torch.nn import functional as F

from surgtools.models.instrument_rtmo_head import Candidates, InstrumentRTMOHead

SPREAD = 0.03
"""Of a keypoint on the map that is learned, as a share of the diagonal of its box."""

REACH = 0.2
"""How far a keypoint may be moved, as a share of the diagonal: one standard deviation."""

FARTHER = 2.0
"""How many times as far cells are looked for to tell which way round an instrument lies."""

DOUBT = 0.005
"""What a cell must show before it counts more than the place that the prior told."""


@MODELS.register_module()
class PinpointRTMOHead(InstrumentRTMOHead):
    """``InstrumentRTMOHead`` whose keypoints are corrected on a finer level.

    A prior in the middle of an instrument tells the places of its ends from afar. It mostly knows
    which end is which, and is some pixels off. Cells of the finest level see an end itself: each
    tells whether a keypoint of a slot is near, and where. A keypoint is where the cells near the
    place told from afar say, or stays there when they show nothing.

    A prior that takes one end for the other is as sure as one that does not. The cells know
    better: where they see more in the instrument turned by half, it is turned.

    Sources: heatmaps with offsets, Zhou et al., Objects as Points, 2019; offsets of all cells
    near a keypoint, Papandreou et al., PersonLab, ECCV 2018.

    Args:
        fine_channels: of the finest level, and of the layers that look at it.
        fine_stride: of the finest level, in network pixels.
        fine_convs: layers of 3x3.
        fine_weight: of the losses ``loss_fine`` and ``loss_offset``.
        sharp_weight: of ``loss_sharp``, the host's OKS loss of the corrected keypoints.
        kwargs: see ``InstrumentRTMOHead``.
    """

    def __init__(
        self,
        head_module_cfg: Mapping,
        taxonomy: dict | str | None = None,
        fine_channels: int = 96,
        fine_stride: int = 8,
        fine_convs: int = 3,
        fine_weight: float = 1.0,
        sharp_weight: float = 0.0,
        **kwargs,
    ) -> None:
        super().__init__(head_module_cfg, taxonomy, **kwargs)
        self.fine_stride, self.fine_weight = fine_stride, fine_weight
        self.sharp_weight = sharp_weight
        slots = torch.zeros(self.num_classes, self.num_keypoints)
        for label, category in enumerate(self.taxonomy.categories):
            slots[label, self.taxonomy.slots_of(category.id)] = 1
        self.register_buffer("slots", slots, persistent=False)
        own = {key: head_module_cfg[key] for key in ("norm_cfg", "act_cfg")}
        self.fine = nn.Sequential(
            *(
                ConvModule(fine_channels, fine_channels, 3, padding=1, **own)
                for _ in range(fine_convs)
            ),
            nn.Conv2d(fine_channels, 3 * self.num_keypoints, 1),
        )
        self.fine[-1].bias.data[: self.num_keypoints] = -4.6  # a hundredth, as for categories

    def loss(
        self,
        feats: tuple[Tensor, ...],
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: dict | None = None,
    ) -> dict[str, Tensor]:
        """As of ``InstrumentRTMOHead``, with ``loss_fine`` and ``loss_offset``.

        Args:
            feats: the levels of the priors, and last the finest one.
        """
        seen = self._seen = tuple(values.float() for values in self._look_closely(feats[-1]))
        losses = super().loss(feats[:-1], batch_data_samples, train_cfg)
        self._seen = None
        logits, places = seen
        cells = _cells(feats[-1].shape[-2:], self.fine_stride, logits)
        told = [self._wanted(sample.gt_instance_labels, cells) for sample in batch_data_samples]
        heat, target, weights = (torch.stack(values) for values in zip(*told, strict=True))
        count = (heat > 0.5).sum().clamp(min=1)
        errors = F.binary_cross_entropy_with_logits(logits, heat, reduction="none")
        focus = (logits.sigmoid() - heat).square().detach()
        counts = torch.where(heat > 0, weights, torch.ones_like(heat))
        losses["loss_fine"] = self.fine_weight * (errors * focus * counts).sum() / count
        near = heat * weights
        apart = F.smooth_l1_loss(places, target, reduction="none", beta=2.0).sum(dim=1)
        losses["loss_offset"] = (
            self.fine_weight * (apart * near).sum() / near.sum().clamp(min=1) / self.fine_stride
        )
        return losses

    def answer(self, feats: tuple[Tensor, ...], max_candidates: int = 64) -> Candidates:
        """The surest candidates, with corrected keypoints."""
        found = super().answer(feats[:-1], max_candidates)
        logits, places = self._look_closely(feats[-1])
        cells = logits.float(), places.float()
        ways = [
            (
                *correct_places(told, found.boxes, *cells, self.fine_stride),
                how_well_seen(told, found.boxes, *cells),
            )
            for told in (found.keypoints, turn_round(found.keypoints, found.boxes))
        ]
        (keypoints, sure, seen), (turned, turned_sure, turned_seen) = ways
        own = self.slots[found.scores.argmax(dim=-1)]
        other = ((turned_seen - seen) * own).sum(dim=-1, keepdim=True) > 0
        return found._replace(
            keypoints=torch.where(other[..., None], turned, keypoints),
            keypoint_scores=torch.where(other, turned_sure, sure),
        )

    def sharpen(self, keypoints: Tensor, boxes: Tensor, pictures: Tensor) -> Tensor:
        """Corrected keypoints of positive priors; see ``InstrumentRTMOHead``."""
        logits, places = self._seen
        corrected = torch.empty_like(keypoints)
        for picture in pictures.unique():
            own = pictures == picture
            corrected[own] = correct_places(
                keypoints[own][None],
                boxes[own][None],
                logits[picture, None],
                places[picture, None],
                self.fine_stride,
            )[0][0]
        return corrected

    def sharp_losses(
        self, keypoints: Tensor, truth: Tensor, weights: Tensor, areas: Tensor
    ) -> dict[str, Tensor]:
        """``loss_sharp``, where it has a weight; see ``InstrumentRTMOHead``."""
        if not self.sharp_weight:
            return {}
        loss = self.loss_oks(keypoints, truth, weights, areas) / self.loss_oks.loss_weight
        return {"loss_sharp": self.sharp_weight * loss}

    def _look_closely(self, level: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (B, K, S) and places (B, 2, K, S), network pixels, that the cells tell."""
        told = self.fine(level)
        cells = _cells(told.shape[-2:], self.fine_stride, told)
        logits, x, y = told.flatten(2).chunk(3, dim=1)
        offsets = torch.stack((x, y), dim=1) * self.fine_stride
        return logits, cells[None, :, None] + offsets

    def _wanted(self, truth: InstanceData, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Heat (K, S), places (2, K, S) and weights (K, S) that the cells of a picture learn.

        Args:
            truth: see ``to_labels``.
            cells: (2, S) centers.
        """
        heat = cells.new_zeros(self.num_keypoints, cells.shape[1])
        target, weights = torch.zeros_like(heat).repeat(2, 1, 1), torch.zeros_like(heat)
        spreads = SPREAD * (truth.bboxes[:, 2:] - truth.bboxes[:, :2]).norm(dim=1)
        for keypoints, known, spread in zip(
            truth.keypoints,
            truth.keypoints_visible,
            spreads.clamp(min=0.75 * self.fine_stride),
            strict=True,
        ):
            centers = keypoints.T[..., None]
            squared = (cells[:, None] - centers).square().sum(dim=0)
            own = (-squared / (2 * spread**2)).exp() * (known > 0)[:, None]
            nearer = (own > heat) & (own > 0.1)
            heat = torch.where(nearer, own, heat)
            weights = torch.where(nearer, known[:, None], weights)
            target = torch.where(nearer, centers, target)
        return heat, target, weights


def correct_places(
    keypoints: Tensor, boxes: Tensor, logits: Tensor, places: Tensor, stride: float
) -> tuple[Tensor, Tensor]:
    """Keypoints moved to where the cells near them say, and how sure these are.

    Args:
        keypoints: (B, T, K, 2) told from afar, network pixels.
        boxes: (B, T, 4).
        logits: (B, K, S) whether a keypoint is near a cell.
        places: (B, 2, K, S) where.
        stride: between cells.

    Returns:
        (B, T, K, 2), and (B, T, K) the probability that the best cell gives a keypoint.
    """
    x, y = (axis[:, None] for axis in places.unbind(dim=1))
    worth = _worth(keypoints, boxes, logits, places)
    best = worth.argmax(dim=-1, keepdim=True)
    top = worth.gather(-1, best)
    at_x, at_y = (axis.expand_as(worth).gather(-1, best) for axis in (x, y))
    apart = (x - at_x).square() + (y - at_y).square()
    share = (worth - top - apart / (2 * stride * stride)).exp()
    share = share / share.sum(dim=-1, keepdim=True)
    told = torch.stack(((share * x).sum(dim=-1), (share * y).sum(dim=-1)), dim=-1)
    share = top.exp() / (top.exp() + DOUBT)
    seen = logits.sigmoid()[:, None].expand_as(worth).gather(-1, best).squeeze(-1)
    return share * told + (1 - share) * keypoints, seen


def turn_round(keypoints: Tensor, boxes: Tensor) -> Tensor:
    """(B, T, K, 2) of the instrument that lies in its box the other way round, turned by half."""
    return (boxes[..., :2] + boxes[..., 2:])[..., None, :] - keypoints


def how_well_seen(keypoints: Tensor, boxes: Tensor, logits: Tensor, places: Tensor) -> Tensor:
    """(B, T, K) logarithm of how likely the best cell near each keypoint makes it.

    Args:
        keypoints, boxes, logits, places: see ``correct_places``.
    """
    return _worth(keypoints, boxes, logits, places, FARTHER * REACH).amax(dim=-1)


def _worth(
    keypoints: Tensor, boxes: Tensor, logits: Tensor, places: Tensor, reach: float = REACH
) -> Tensor:
    """(B, T, K, S) of each cell for each keypoint: that it shows one, and how near it says."""
    x, y = (axis[:, None] for axis in places.unbind(dim=1))
    reach = reach * (boxes[..., 2:] - boxes[..., :2]).norm(dim=-1).clamp(min=4)
    reach = reach[..., None, None]
    apart = (x - keypoints[..., :1]).square() + (y - keypoints[..., 1:]).square()
    return F.logsigmoid(logits)[:, None] - apart / (2 * reach * reach)


def _cells(shape: Sequence[int], stride: int, like: Tensor) -> Tensor:
    """(2, S) x and y of the centers of cells, (h, w) of them."""
    y, x = torch.meshgrid(
        *(torch.arange(side, device=like.device) for side in shape), indexing="ij"
    )
    return torch.stack((x, y)).flatten(1).to(like) * stride
