"""Fit a presence branch to features that do not change, in minutes instead of hours.

Shapes: N crops, F feature channels, h and w cells, C categories.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from surgtools.models.presence_branch import PresenceBranch

_BATCH, _EPOCHS = 64, 12
_LR, _DECAY = 1e-3, 0.1
_DROP = 0.5


def fit_presence(
    branch: PresenceBranch,
    crops: Iterable[tuple[Tensor, Tensor]],
    prior: float | None = None,
    seed: int = 0,
) -> float:
    """Train the branch in place on nine tenths of the crops.

    Every channel is brought to mean 0 and deviation 1 for it, which is then made a part of the
    branch. Whole channels are dropped at random while it trains: there are more of them than the
    crops can tell apart.

    Args:
        crops: features (F, h, w) and labels (C,), see ``PresenceBranch.loss``. The last tenth is
            kept out, so pictures should follow each other.
        prior: share of boxes with an instrument where the network will be used, between 0 and 1;
            the answers are moved from the crops' own share to it. None moves nothing.

    Returns:
        Share of right answers on the last tenth.

    Raises:
        ValueError: fewer than ten crops.
    """
    rows = [(features.half(), label.float()) for features, label in crops]
    if len(rows) < 10:
        raise ValueError(f"{len(rows)} crops are too few to fit a branch on; give ten or more")
    features = torch.stack([row[0] for row in rows])
    present = torch.stack([row[1] for row in rows])
    count = len(rows) * 9 // 10
    mean, deviation = channel_statistics(features[:count])
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(branch.parameters(), lr=_LR, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _EPOCHS)
    drop = torch.nn.Dropout2d(_DROP)
    with torch.enable_grad():
        for _ in range(_EPOCHS):
            for batch in torch.randperm(count, generator=generator).split(_BATCH):
                even = (features[batch].float() - mean) / deviation
                losses = branch.loss(drop(even), present[batch], 1.0)
                optimizer.zero_grad()
                losses["loss_presence"].backward()
                optimizer.step()
            schedule.step()
    with torch.no_grad():
        take_in(branch, mean, deviation)
        held_out = branch.loss(features[count:].float(), present[count:], 1.0)
        if prior is not None:
            share = present[:count].amax(dim=1).mean()
            branch.decide.bias += torch.logit(torch.tensor(prior)) - torch.logit(share)
    return float(held_out["acc_presence"])


def channel_statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (F, 1, 1) of every channel of (N, F, h, w)."""
    channels = features.transpose(0, 1).flatten(1)  # one by one: all at once need a second copy
    means = torch.stack([channel.float().mean() for channel in channels])
    deviations = torch.stack([channel.float().std() for channel in channels])
    return means[:, None, None], deviations.clamp(min=1e-3)[:, None, None]


def take_in(branch: PresenceBranch, mean: Tensor, deviation: Tensor) -> None:
    """Let a branch that was trained on even channels take them as they are, in place."""
    layer = branch.look[0]
    layer.weight /= deviation
    layer.bias -= (layer.weight * mean).sum(dim=(1, 2, 3))


@torch.no_grad()
def join_branches(
    kept: PresenceBranch, new: PresenceBranch, share: float, first: int = 0
) -> PresenceBranch:
    """One branch whose logits are the mean of two, ``share`` of it that of ``kept``.

    Args:
        kept: of the first channels, or of all.
        new: of as many categories; sees the channels from ``first`` to the last.
    """
    (a, b), (out_a, out_b) = (kept.look[0], new.look[0]), (kept.decide, new.decide)
    hidden = a.out_channels + b.out_channels
    both = PresenceBranch(first + b.in_channels, out_b.out_features, hidden)
    look, decide = both.look[0], both.decide
    look.weight.zero_()
    look.weight[: a.out_channels, : a.in_channels] = a.weight
    look.weight[a.out_channels :, first:] = b.weight
    look.bias.copy_(torch.cat([a.bias, b.bias]))
    weights = share * out_a.weight, (1 - share) * out_b.weight
    parts = zip(*(weight.chunk(2, dim=1) for weight in weights), strict=True)
    decide.weight.copy_(torch.cat([column for pair in parts for column in pair], dim=1))
    decide.bias.copy_(share * out_a.bias + (1 - share) * out_b.bias)
    return both
