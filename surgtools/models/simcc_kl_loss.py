"""KL divergence between SimCC outputs and labels, over the slots that count.

Shapes: N instances, K slots, W bins of one axis.
"""

from collections.abc import Sequence

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from surgtools.models.codecs import LOGIT_SCALE


@MODELS.register_module()
class SimCCKLLoss(nn.Module):
    """Mean KL divergence in nats per counting keypoint, summed over both axes.

    The host's ``KLDiscretLoss`` divides by the number of slots, of which an instance owns about
    half, and sums over the batch; here the sum of weights divides, so that the loss depends
    neither on how many categories the union holds nor on the batch size.

    Source: RTMPose (Jiang et al. 2023), KL loss on softened labels with beta 10.
    """

    def forward(
        self, outputs: Sequence[Tensor], labels: Sequence[Tensor], weights: Tensor
    ) -> Tensor:
        """Loss of a batch.

        Args:
            outputs: logits (N, K, W) of x and of y.
            labels: unnormalized Gaussians (N, K, W) of x and of y.
            weights: (N, K), 0 for slots that do not count.

        Returns:
            Scalar; 0 when no slot counts.
        """
        total = weights.new_zeros(())
        for output, label in zip(outputs, labels, strict=True):
            log_likely = F.log_softmax(output.float() * LOGIT_SCALE, dim=-1)
            target = torch.softmax(label * LOGIT_SCALE, dim=-1)
            divergence = F.kl_div(log_likely, target, reduction="none").sum(dim=-1)
            total = total + (divergence * weights).sum()
        return total / weights.sum().clamp(min=1)
