"""A branch of a pose network that says whether the crop shows an instrument at all.

Shapes: N crops, F feature channels, h and w cells, C categories.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PresenceBranch(nn.Module):
    """Logits of "the box is that of an instrument of this category", one per category.

    What tells scissors from a needle holder is small: the jaws, the box lock. The branch looks at
    every cell and keeps mean and maximum, so that a few cells can decide.

    Args:
        in_channels: F of the backbone's last features.
        num_categories: C.
        hidden: channels that it makes of them.
    """

    def __init__(self, in_channels: int, num_categories: int, hidden: int = 128) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(in_channels, hidden, 1), nn.SiLU())
        self.decide = nn.Linear(2 * hidden, num_categories)

    def forward(self, features: Tensor) -> Tensor:
        """(N, F, h, w) to logits (N, C)."""
        cells = self.look(features)
        return self.decide(torch.cat([cells.mean(dim=(2, 3)), cells.amax(dim=(2, 3))], dim=1))

    def loss(self, features: Tensor, present: Tensor, weight: float) -> dict[str, Tensor]:
        """``loss_presence``, the mean binary cross entropy times ``weight``, and ``acc_presence``.

        Args:
            features: (N, F, h, w).
            present: (N, C), 1 for the category that is there; all 0 for a negative; NaN for a crop
                of which nobody knows, which does not count.
        """
        known = present.isfinite().all(dim=1)
        logits, present = self(features).float()[known], present[known]
        right = ((logits > 0) == (present > 0.5)).all(dim=1)
        loss = F.binary_cross_entropy_with_logits(logits, present, reduction="sum")
        return {
            "loss_presence": weight * loss / max(1, present.numel()),
            "acc_presence": right.float().sum() / max(1, len(right)),
        }
