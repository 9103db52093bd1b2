"""What it costs that a prior takes one end of an instrument for the other.

A prior that is sure of the wrong end learns nothing more from how likely the true place is: where
all it holds likely is about as wrong, no part of it is worth more than another. The cross entropy
of its bins has a gradient there. It counts as far as the direction is wrong, and not otherwise.

Shapes: A positive priors, C categories, K slots of the union, W bins of an axis.
"""

import torch
from torch import Tensor

from surgtools.taxonomy import Taxonomy

SPREAD = 0.02
"""Of a place on the bins that are learned, as a share of the side of the window."""


def axes_of(taxonomy: Taxonomy) -> Tensor:
    """(C, K) weights of the slots that sum to tips less base; zeros where there is no axis."""
    axes = torch.zeros(len(taxonomy.categories), taxonomy.num_slots)
    for row, category in zip(axes, taxonomy.categories, strict=True):
        first = taxonomy.slots_of(category.id).start
        for names, sign in ((category.base, -1.0), (category.tips, 1.0)):
            for name in names:
                row[first + category.index(name)] = sign / len(names)
    return axes


def shortfall(keypoints: Tensor, truth: Tensor, axes: Tensor) -> Tensor:
    """(A,) how much of the true axis the told one lacks: 0 of one as long, 2 of a reversed one.

    Where an instrument lies does not matter, nor that it is told too long.

    Args:
        keypoints, truth: (A, K, 2).
        axes: (A, K) of the categories, see ``axes_of``; without an axis nothing is lacking.
    """
    told, true = (torch.einsum("ak,akd->ad", axes, places) for places in (keypoints, truth))
    length = true.square().sum(dim=1)
    along = (told * true).sum(dim=1) / length.clamp(min=1)
    return torch.where(length > 1, 1 - along, 0.0).clamp(0, 2)


def direction_loss(
    keypoints: Tensor,
    bins: tuple[Tensor, Tensor],
    truth: Tensor,
    weights: Tensor,
    axes: Tensor,
    places: tuple[Tensor, Tensor],
) -> Tensor:
    """The mean of the cross entropy of the ends, times ``shortfall``.

    Args:
        keypoints: (A, K, 2) told by the priors.
        bins: (A, K, W) of x and of y, each summing to 1.
        truth: (A, K, 2) in the pixels of ``keypoints``.
        weights: (A, K) 0 where no keypoint is labelled.
        axes: (A, K); an end whose other end has no label counts nothing.
        places: (A, W) of the bins of x and of y, pixels.
    """
    ends = (axes != 0).to(weights)
    known = ((weights > 0) | (ends == 0)).all(dim=1)
    lacking = shortfall(keypoints.detach(), truth, axes) * known
    counts = weights * ends / ends.sum(dim=1, keepdim=True).clamp(min=1)
    costs = 0.0
    for axis, (likely, at) in enumerate(zip(bins, places, strict=True)):
        side = (at[:, -1] - at[:, 0]).clamp(min=1)[:, None, None]
        apart = (truth[..., axis, None] - at[:, None]).abs() / (SPREAD * side)
        costs = costs - ((-apart).softmax(dim=-1) * likely.clamp(min=1e-37).log()).sum(dim=-1)
    return (lacking[:, None] * counts * costs).sum() / len(keypoints)
