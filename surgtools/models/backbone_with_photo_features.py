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
_CELL = 64


@MODELS.register_module()
class BackboneWithPhotoFeatures(BaseModule):
    """The levels of ``backbone`` after the features of a frozen ``photo_backbone``.

    The second one sees the crop at half the size: a quarter of the cost. Of cells of 64 pixels it
    says mean and maximum of its level before the last, and the mean of its last. With
    ``pose_features`` the mean of a pose backbone's last level follows: what tells scissors from
    a needle holder is fine, and rendered pictures teach it. With ``full_size`` the same features
    of the crop at its full size come last, in which jaws and joint are seen better.

    The longer a pose backbone trains, the better it places keypoints, and the less its features
    say of presence in real pictures. ``presence_backbone`` is an earlier one that presence reads
    in its place. Weights that were trained without it go without it.

    Args:
        backbone: config of the pose backbone, which is trained.
        photo_backbone: config of an ``EfficientNetLite0`` with two levels, one twice as fine.
        mean: what the data preprocessor took from the pixels, per channel,
        std: and what it divided them by; the second backbone wants 127 and 128.
        pose_features: whether presence sees those of a pose backbone, too.
        full_size: whether the second backbone looks a second time, at the full size.
        presence_backbone: config of the pose backbone that presence reads, which is frozen; None
            where presence reads ``backbone`` itself.
    """

    optional_parts = ("presence_backbone",)
    """Left out where a trained checkpoint does not have it, see ``load_weights``."""

    def __init__(
        self,
        backbone: dict,
        photo_backbone: dict,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        pose_features: bool = False,
        full_size: bool = False,
        presence_backbone: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        self.photo_backbone = MODELS.build(photo_backbone).requires_grad_(False)
        self.presence_backbone = None
        if presence_backbone is not None:
            self.presence_backbone = MODELS.build(presence_backbone).requires_grad_(False)
        self.pose_features, self.full_size = pose_features, full_size
        self.scale = tuple(s / _STD for s in std)
        self.shift = tuple((m - _MEAN) / _STD for m in mean)
        self.register_load_state_dict_pre_hook(_read_own_backbone)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, h, w) to the features of presence (B, F, h / 64, w / 64) and the pose levels."""
        levels = self.backbone(x)
        features = self.photo_features(x)
        if self.pose_features:
            size = [int(side) for side in features.shape[-2:]]
            read = levels if self.presence_backbone is None else self.presence_backbone(x)
            own = F.adaptive_avg_pool2d(read[-1].detach(), size)
            features = torch.cat([features, own], dim=1)
        if self.full_size:
            features = torch.cat([features, self.photo_features(x, 1)], dim=1)
        return features, *levels

    def photo_features(self, x: Tensor, shrink: int = 2) -> Tensor:
        """What the photo backbone says of (B, 3, h, w) that is made so many times smaller."""
        scale = x.new_tensor(self.scale)[:, None, None]
        shift = x.new_tensor(self.shift)[:, None, None]
        with no_grad():
            pixels = F.avg_pool2d(x, shrink) if shrink > 1 else x
            fine, coarse = self.photo_backbone(pixels * scale + shift)
            # Plain numbers, since the graph of ONNX has the size of what is pooled to built in.
            size = [int(side) // _CELL for side in x.shape[-2:]]
            pooled = F.adaptive_avg_pool2d(fine, size), F.adaptive_max_pool2d(fine, size)
            return torch.cat([*pooled, F.adaptive_avg_pool2d(coarse, size)], dim=1)

    def train(self, mode: bool = True) -> "BackboneWithPhotoFeatures":
        """The backbones of presence never train."""
        super().train(mode)
        self.photo_backbone.eval()
        if self.presence_backbone is not None:
            self.presence_backbone.eval()
        return self


def _read_own_backbone(
    module: BackboneWithPhotoFeatures, state_dict: dict[str, Tensor], prefix: str, *_
) -> None:
    """In a state without a ``presence_backbone``, presence read the backbone that trained."""
    own, apart = f"{prefix}backbone.", f"{prefix}presence_backbone."
    if module.presence_backbone is None or any(key.startswith(apart) for key in state_dict):
        return
    for key in [key for key in state_dict if key.startswith(own)]:
        state_dict[apart + key.removeprefix(own)] = state_dict[key]
