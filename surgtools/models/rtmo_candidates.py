"""What RTMO's head answers before any candidate is left out.

Shapes: B pictures, P priors, T candidates, C categories, K slots of the union. Everything is in
network pixels; boxes are ``xyxy``.
"""

from typing import NamedTuple

from torch import Tensor


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


def pick(values: Tensor, index: Tensor) -> Tensor:
    """(B, P, D) at (B, T): (B, T, D)."""
    return values.gather(1, index[..., None].expand(-1, -1, values.shape[-1]))
