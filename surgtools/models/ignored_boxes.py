"""Where a picture's labels say that nobody knows what is there, and a detector must not learn.

Shapes: P priors, M ignored boxes.
"""

from torch import Tensor


def lie_within(priors: Tensor, boxes: Tensor) -> Tensor:
    """(P,) bool: whether a prior lies in one of the boxes, or on its border.

    Args:
        priors: (P, 2 or more) that begin with x, y in pixels of the network's input.
        boxes: (M, 4) ``xyxy`` in the same pixels; without any nothing lies within.
    """
    x, y = priors[:, :1], priors[:, 1:2]
    inside = (x >= boxes[:, 0]) & (x <= boxes[:, 2])
    inside &= (y >= boxes[:, 1]) & (y <= boxes[:, 3])
    return inside.any(dim=1)
