"""Put a trained neck and head onto another backbone, by one linear layer per level.

A new neck and head need hours. Those of a trained network need only features like the ones they
know; a linear map of another backbone's features comes near enough to go on training from.

Shapes: N places, A and B channels.

Source: Lenc and Vedaldi, Understanding image representations by measuring their equivariance and
equivalence, CVPR 2015 (stitching layers); the fit by least squares is ours.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

RIDGE = 1e-3
"""Weight of the penalty, as a share of the mean variance: near-constant channels stay out."""


class LinearFit:
    """Least squares of ``targets`` on ``features``, summed up piece by piece."""

    def __init__(self) -> None:
        self.products: Tensor | float = 0.0
        self.mixed: Tensor | float = 0.0

    def add(self, features: Tensor, targets: Tensor) -> None:
        """Take (N, A) and (N, B) in."""
        ones = features.new_ones(len(features), 1)
        x = torch.cat([features, ones], dim=1).double()
        self.products = self.products + x.T @ x
        self.mixed = self.mixed + x.T @ targets.double()

    def solve(self) -> tuple[Tensor, Tensor]:
        """Weight (B, A) and bias (B,).

        Raises:
            ValueError: nothing was added.
        """
        if not isinstance(self.products, Tensor):
            raise ValueError("no features were added; add some before solving")
        size = len(self.products)
        penalty = torch.eye(size, dtype=torch.double) * RIDGE * self.products.trace() / size
        penalty[-1, -1] = 0
        solution = torch.linalg.solve(self.products + penalty, self.mixed).float()
        return solution[:-1].T.contiguous(), solution[-1].contiguous()


@torch.no_grad()
def fit_adapters(
    adapters: Sequence[nn.Conv2d],
    pairs: Iterable[tuple[Sequence[Tensor], Sequence[Tensor]]],
) -> list[float]:
    """Set 1x1 convolutions so that they map one backbone's levels to another's.

    Args:
        adapters: one per level; changed in place.
        pairs: levels (1, A, h, w) and (1, B, h, w) of the same pictures, more than ten of them.

    Returns:
        Per level the share of variance that the map explains on every tenth picture, which it
        was not fitted to.
    """
    fits, held_out = [LinearFit() for _ in adapters], []
    for number, (own, other) in enumerate(pairs):
        rows = [(_rows(a), _rows(b)) for a, b in zip(own, other, strict=True)]
        if number % 10 == 9:
            held_out.append(rows)
            continue
        for fit, (features, targets) in zip(fits, rows, strict=True):
            fit.add(features, targets)
    for adapter, fit in zip(adapters, fits, strict=True):
        weight, bias = fit.solve()
        adapter.weight.copy_(weight[:, :, None, None])
        adapter.bias.copy_(bias)
    explained = []
    for level, adapter in enumerate(adapters):
        features = torch.cat([rows[level][0] for rows in held_out])
        targets = torch.cat([rows[level][1] for rows in held_out])
        mapped = features @ adapter.weight[:, :, 0, 0].T + adapter.bias
        left, all_of = (
            (targets - mapped).square().sum(),
            (targets - targets.mean(0)).square().sum(),
        )
        explained.append(float(1 - left / all_of))
    return explained


def _rows(level: Tensor) -> Tensor:
    return level[0].flatten(1).T
