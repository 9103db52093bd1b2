"""What RTMO's head learns of the instances of a picture, in the form that the host carries along.

Shapes: N instances, C categories, K slots of the union. Boxes are ``xyxy``; all in network pixels.
"""

import torch
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn import functional as F


def to_labels(
    boxes: Tensor,
    labels: Tensor,
    keypoints: Tensor,
    num_classes: int,
    further: Tensor | None = None,
) -> InstanceData:
    """What the head learns of the instances of a picture.

    Args:
        boxes: (N, 4).
        labels: (N,).
        keypoints: (N, K, 4) as x, y, v and weight; (N, K, 3) weighs every labelled one alike.
        further: (N, M) what a head learns besides, see ``further_losses``.
    """
    labelled = keypoints[..., 2] > 0
    weights = keypoints[..., 3] if keypoints.shape[-1] > 3 else torch.ones_like(labelled)
    one_hot = F.one_hot(labels, num_classes)
    more = boxes[:, :0] if further is None else further
    sides = boxes[:, 2:] - boxes[:, :2]
    return InstanceData(
        bboxes=boxes,
        labels=labels,
        areas=sides.prod(dim=1),
        keypoints=keypoints[..., :2],
        keypoints_visible=(labelled * weights).to(boxes),
        # the host only carries these along to the positive priors
        keypoints_visible_weights=torch.cat(
            [(keypoints[..., 2] == 2).to(boxes), one_hot.to(boxes), more.to(boxes)], dim=1
        ),
    )
