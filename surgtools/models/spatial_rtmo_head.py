"""RTMO's head that also says where keypoints lie in space.

Shapes: as of ``InstrumentRTMOHead``.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from surgtools.models.instrument_rtmo_head import Candidates, InstrumentRTMOHead

UNIT = 0.1
"""Meters; instruments are one or two of them long, so errors are of the size of the others."""


class SpatialCandidates(NamedTuple):
    """``Candidates`` with ``keypoints_3d`` (B, T, K, 3), meters from a place of their own.

    Whoever chooses the category subtracts its root.
    """

    boxes: Tensor
    scores: Tensor
    keypoints: Tensor
    keypoint_scores: Tensor
    visibility: Tensor
    keypoints_3d: Tensor


@MODELS.register_module()
class SpatialRTMOHead(InstrumentRTMOHead):
    """``InstrumentRTMOHead`` with keypoints in space, relative to the first of their category.

    They are in the frame of the camera (x right, y down, z forward), in meters. One picture does
    not tell the size of a thing from its distance: what is learned is the size of the instruments
    of the training. Instances that say nothing of space teach nothing of it.

    Args:
        head_module_cfg, taxonomy, kwargs: see ``InstrumentRTMOHead``.
        space_weight: of the mean distance along an axis, in units of ``UNIT``.
    """

    def __init__(
        self,
        head_module_cfg: Mapping,
        taxonomy: dict | str | None = None,
        space_weight: float = 1.0,
        **kwargs,
    ) -> None:
        super().__init__(head_module_cfg, taxonomy, **kwargs)
        self.space_weight = space_weight
        channels = self.head_module.out_pose[0].in_channels
        self.head_module.out_space = nn.ModuleList(
            nn.Conv2d(channels, 3 * self.num_keypoints, 1) for _ in self.featmap_strides
        )
        starts = [self.taxonomy.slots_of(own.id).start for own in self.taxonomy.categories]
        roots = torch.tensor(starts).clamp(max=self.num_keypoints - 1)  # a box has no slot
        self.register_buffer("roots", roots, persistent=False)

    def look_further(self, level: int, features: Tensor) -> list[Tensor]:
        """(B, 3 K, h, w) keypoints in space, not yet relative to the root."""
        return [self.head_module.out_space[level](features)]

    def further_losses(self, found: Tensor, carried: Tensor, one_hot: Tensor) -> dict[str, Tensor]:
        """``loss_space``: mean distance along an axis of the keypoints whose place is known.

        Args:
            carried: (A, 4 K) x, y, z in meters and whether it is known; (A, 0) knows nothing.
        """
        shape = (len(found), self.num_keypoints)
        given = carried if carried.shape[1] else found.new_zeros(len(found), 4 * shape[1])
        truth, known = given.reshape(*shape, 4).split((3, 1), dim=-1)
        root = self.roots[one_hot.argmax(dim=1)]
        ours, theirs = (
            points - points[torch.arange(len(points)), root][:, None]
            for points in (found.reshape(*shape, 3), truth / UNIT)
        )
        errors = F.l1_loss(ours, theirs, reduction="none") * known
        loss = errors.sum() / 3 / known.sum().clamp(min=1)
        return {"loss_space": self.space_weight * loss}

    def complete(self, candidates: Candidates, further: Tensor) -> SpatialCandidates:
        """With keypoints in space."""
        shape = (*candidates.keypoints.shape[:3], 3)
        return SpatialCandidates(*candidates, UNIT * further.reshape(shape))
