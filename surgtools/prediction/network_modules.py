"""Trained models as plain modules: pictures in, raw tensors out, nothing else.

Shapes: B pictures, P candidate boxes, C categories, N crops, K union slots.
"""

import torch
from torch import Tensor, nn

import surgtools.register  # noqa: F401


class DetectorNetwork(nn.Module):
    """RTMDet with its boxes decoded.

    Args:
        model: a built ``mmdet`` RTMDet.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone, self.neck, self.head = model.backbone, model.neck, model.bbox_head

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, h, w) to boxes (B, P, 4) ``xyxy`` in network pixels and scores (B, P, C)."""
        levels = self.head(self.neck(self.backbone(images)))
        height, width = images.shape[-2:]
        boxes, scores = [], []
        for logits, distances, stride in zip(
            *levels, self.head.prior_generator.strides, strict=True
        ):
            rows, columns = logits.shape[-2:]
            x = torch.arange(columns, device=images.device, dtype=torch.float32) * stride[0]
            y = torch.arange(rows, device=images.device, dtype=torch.float32) * stride[1]
            grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
            left, top, right, bottom = distances.float().flatten(2).unbind(1)
            center_x, center_y = grid_x.flatten(), grid_y.flatten()
            corners = (center_x - left, center_y - top, center_x + right, center_y + bottom)
            limits = (width, height, width, height)
            clipped = [c.clamp(0, side) for c, side in zip(corners, limits, strict=True)]
            boxes.append(torch.stack(clipped, dim=-1))
            scores.append(logits.float().flatten(2).transpose(1, 2).sigmoid())
        return torch.cat(boxes, dim=1), torch.cat(scores, dim=1)


class PoseNetwork(nn.Module):
    """A pose model whose head answers all at once: SimCC, visibility and presence logits.

    Args:
        model: a built ``mmpose`` TopdownPoseEstimator.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.head
        self.neck = model.neck if model.with_neck else nn.Identity()
        self.has_visibility = getattr(model.head, "visibility", None) is not None
        self.has_presence = getattr(model.head, "presence", None) is not None

    def forward(self, crops: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, h, w) to responses and, as the head has them, visibility (N, K) and presence
        (N, C), see ``PoseSpec.outputs``."""
        features = self.neck(self.backbone(crops))
        return tuple(output.float() for output in self.answer(features))

    def answer(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What the head says of the features."""
        return self.head(features)


class HeatmapNetwork(PoseNetwork):
    """A pose model whose head says heatmaps, visibility and presence one by one."""

    def answer(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Heatmaps (N, K, h, w) and the logits that the head has."""
        outputs = [self.head(features)]
        if self.has_visibility:
            outputs.append(self.head.predict_visibility(features, outputs[0]))
        if self.has_presence:
            outputs.append(self.head.presence(features[-1]))
        return tuple(outputs)
