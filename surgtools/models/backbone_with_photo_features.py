"""A pose backbone, and beside it a frozen one that knows photographs.

Keypoints need fine features, which rendered pictures teach well. Whether a crop shows an
instrument at all is another question: a network that has seen rendered pictures only answers it
badly in real ones. Features of ImageNet answer it better, as long as they are not trained away.

Shapes: B crops, h and w their sides.
"""

import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, no_grad
from torch.nn import functional as F

_MEAN, _STD = 127.0, 128.0


@MODELS.register_module()
class BackboneWithPhotoFeatures(BaseModule):
    """The levels of ``backbone`` after the features of a frozen ``photo_backbone``.

    The second one sees the crop at half the size: a quarter of the cost. Its features are its
    last level and, on the same cells, mean and maximum of the level before. With ``pose_features``
    the mean of the pose backbone's last level follows: what tells scissors from a needle holder
    is fine, and rendered pictures teach it.

    Args:
        backbone: config of the pose backbone, which is trained.
        photo_backbone: config of an ``EfficientNetLite0`` with two levels, one twice as fine.
        mean: what the data preprocessor took from the pixels, per channel,
        std: and what it divided them by; the second backbone wants 127 and 128.
        pose_features: whether presence sees those of the pose backbone, too.
    """

    def __init__(
        self,
        backbone: dict,
        photo_backbone: dict,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        pose_features: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        self.photo_backbone = MODELS.build(photo_backbone).requires_grad_(False)
        self.pose_features = pose_features
        self.scale = tuple(s / _STD for s in std)
        self.shift = tuple((m - _MEAN) / _STD for m in mean)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, h, w) to the features of presence (B, F, h / 64, w / 64) and the pose levels."""
        levels = self.backbone(x)
        features = self.photo_features(x)
        if self.pose_features:
            size = [int(side) for side in features.shape[-2:]]
            own = F.adaptive_avg_pool2d(levels[-1].detach(), size)
            features = torch.cat([features, own], dim=1)
        return features, *levels

    def photo_features(self, x: Tensor) -> Tensor:
        """What the photo backbone says of (B, 3, h, w)."""
        scale = x.new_tensor(self.scale)[:, None, None]
        shift = x.new_tensor(self.shift)[:, None, None]
        with no_grad():
            fine, coarse = self.photo_backbone(F.avg_pool2d(x, 2) * scale + shift)
            # Plain numbers, since the graph of ONNX has the size of what is pooled to built in.
            size = [int(side) for side in coarse.shape[-2:]]
            pooled = F.adaptive_avg_pool2d(fine, size), F.adaptive_max_pool2d(fine, size)
            return torch.cat([*pooled, coarse], dim=1)

    def train(self, mode: bool = True) -> "BackboneWithPhotoFeatures":
        """The photo backbone never trains."""
        super().train(mode)
        self.photo_backbone.eval()
        return self
