"""A branch of a pose network that says whether each keypoint is seen or hidden.

Shapes: N crops, K slots, F feature channels, h and w cells.
"""

from torch import Tensor, nn
from torch.nn import functional as F

_HIDDEN = 128


class VisibilityBranch(nn.Module):
    """Logits of "this keypoint can be seen", from what the picture shows at its place.

    Where a keypoint is and whether something lies on it are two questions: what localizes it has
    every reason to look the same in both cases. The branch therefore looks at the features
    themselves, at the cells where the head believes the keypoint to be.

    Args:
        in_channels: F of the backbone's last features.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Linear(in_channels, _HIDDEN), nn.SiLU())
        self.decide = nn.Linear(_HIDDEN, 1)

    def forward(self, features: Tensor, where: Tensor) -> Tensor:
        """Logits (N, K).

        Args:
            features: (N, F, h, w).
            where: (N, K, h, w), not negative: how likely the keypoint is in each cell, up to a
                factor. No gradient flows into it.
        """
        where = where.detach().flatten(2)
        where = where / where.sum(dim=-1, keepdim=True).clamp(min=1e-6)
        return self.decide(self.look(where @ features.flatten(2).transpose(1, 2))).squeeze(-1)


def visibility_loss(logits: Tensor, visible: Tensor, weights: Tensor) -> Tensor:
    """Mean binary cross entropy over labelled keypoints in nats; 0 when there is none.

    Args:
        logits: (N, K).
        visible: (N, K), 1 for seen, 0 for hidden.
        weights: (N, K), 0 for slots that do not count.
    """
    loss = F.binary_cross_entropy_with_logits(logits.float(), visible, weights, reduction="sum")
    return loss / weights.sum().clamp(min=1)
