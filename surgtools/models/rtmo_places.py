"""Keypoints of RTMO: where on each axis of a box, as a distribution over its bins.

The host's ``DCC``, started so that it learns, and decoded by a tenth of the work.
"""

import torch
from mmpose.models.heads.hybrid_heads.rtmo_head import DCC
from mmpose.structures.bbox import bbox_xyxy2cs
from torch import Tensor, nn
from torch.nn import functional as F

NEAR = 0.05
"""A keypoint's score is the probability that it lies about so near, as a share of the diagonal."""

FIRST_ATTENTION = 0.3
"""How large the constant parts of queries and keys begin, of the host's."""


def prepare_places(dcc: DCC) -> None:
    """Make a new ``DCC`` learn from few pictures, and from a single positive prior.

    The attention between keypoints adds to each what it takes from the others, with weights that
    are squared and not normalized. As the host begins them, it adds 13 times as much as is there,
    the same for every picture, and keypoints stay at their mean for hundreds of steps. Here it
    begins as a fifth of what is there.
    """
    layer, norm = dcc.pose_to_kpts
    dcc.pose_to_kpts = nn.Sequential(layer, _NormOfFew(norm.num_features))
    for constant in (dcc.pos_enc, dcc.gau.beta):
        constant.data *= FIRST_ATTENTION


def find_places(
    dcc: DCC, pose: Tensor, boxes: Tensor, at: Tensor, padding: float
) -> tuple[Tensor, Tensor]:
    """Keypoints (M, K, 2) and scores (M, K) of M priors at ``at`` (M, 2).

    The same as the host's ``forward_test``. It encodes every bin by a linear layer before it
    is compared with the keypoints; to take the keypoints through that layer instead is a
    tenth of the work, and its bias, equal in all bins, falls out of the softmax.
    """
    center, extent = bbox_xyxy2cs(boxes, padding)
    tokens = dcc.pose_to_kpts(pose).reshape(-1, dcc.num_keypoints, dcc.feat_channels)
    tokens = dcc.gau(tokens, pos_enc=dcc.pos_enc)
    near = NEAR * (boxes[:, 2:] - boxes[:, :2]).norm(dim=1).clamp(min=1)[:, None, None]
    places, sure = [], 1.0
    for axis, (bins, encode) in enumerate(((dcc.x_bins, dcc.x_fc), (dcc.y_bins, dcc.y_fc))):
        beside = bins * extent[:, axis, None] + (center - at)[:, axis, None]
        code = dcc.spe(position=beside).transpose(1, 2)
        likely = (tokens @ encode.weight @ code).softmax(dim=-1)
        place = (likely * beside[:, None]).sum(dim=-1, keepdim=True)
        close = (2 - (beside[:, None] - place).abs() / near).clamp(0, 1)
        sure = sure * (likely * close).sum(dim=-1).clamp(max=1)
        places.append(place.squeeze(-1) + at[:, axis, None])
    return torch.stack(places, dim=-1), sure


class _NormOfFew(nn.BatchNorm1d):
    """A batch norm that takes its running statistics where one row gives none of its own.

    A batch may hold a single positive prior; the host fails there.
    """

    def forward(self, rows: Tensor) -> Tensor:
        if len(rows) > 1 or not self.training:
            return super().forward(rows)
        return F.batch_norm(
            rows, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )
