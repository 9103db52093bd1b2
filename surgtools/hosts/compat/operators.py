"""``mmcv._ext`` without a compiler: the two operators our models call, on ``torchvision.ops``.

mmcv's pure-Python distribution lacks the compiled extension that ``mmcv.ops`` binds at import.
The stand-in answers ``nms`` and ``roi_align``; every other operator exists, so that ``mmcv.ops``
imports, and explains itself when called.
"""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType

import torch
from torchvision import ops

_NAME = "mmcv._ext"
_MEAN_POOL = 1  # mmcv's code for pool_mode="avg"


class OperatorModule(ModuleType):
    """A module that has every operator; those not implemented raise when they are called."""

    def __init__(self) -> None:
        super().__init__(_NAME, doc="Stand-in of surgtools for mmcv's compiled operators.")
        # pkgutil and importlib.util.find_spec refuse a loaded module without a spec
        self.__spec__ = importlib.machinery.ModuleSpec(_NAME, loader=None)
        self.nms = nms
        self.roi_align_forward = roi_align_forward
        self.roi_align_backward = roi_align_backward

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(name)

        def missing(*args, **kwargs):
            raise NotImplementedError(
                f"mmcv operator `{name}` is not part of this installation: surgtools replaces "
                "mmcv's compiled operators by torchvision's and has nms and roi_align only; "
                "install an mmcv wheel with compiled operators to use it"
            )

        return missing


def install() -> None:
    """Register the stand-in unless mmcv brought its compiled operators."""
    if _NAME in sys.modules or importlib.util.find_spec(_NAME) is not None:
        return
    module = OperatorModule()
    sys.modules[_NAME] = module
    sys.modules["mmcv"]._ext = module


def is_stand_in() -> bool:
    """Whether ``mmcv.ops`` runs on this module rather than on compiled code."""
    return isinstance(sys.modules.get(_NAME), OperatorModule)


def nms(
    boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float, offset: int
) -> torch.Tensor:
    """Indices of the boxes that are kept, by descending score.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,).
        offset: 0 or 1, added to width and height as mmcv does.
    """
    if offset:
        boxes = torch.cat([boxes[:, :2], boxes[:, 2:] + offset], dim=1)
    return ops.nms(boxes, scores, iou_threshold)


def roi_align_forward(
    features: torch.Tensor,
    rois: torch.Tensor,
    output: torch.Tensor,
    argmax_y: torch.Tensor,
    argmax_x: torch.Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Write mean-pooled regions into ``output`` (R, C, aligned_height, aligned_width).

    Args:
        features: (B, C, H, W).
        rois: (R, 5) as batch index and xyxy in image pixels.
    """
    _require_mean(pool_mode)
    output.copy_(
        ops.roi_align(
            features,
            rois,
            (aligned_height, aligned_width),
            spatial_scale,
            sampling_ratio or -1,  # mmcv says 0 for "adaptive", torchvision says -1
            aligned,
        )
    )


def roi_align_backward(
    grad_output: torch.Tensor,
    rois: torch.Tensor,
    argmax_y: torch.Tensor,
    argmax_x: torch.Tensor,
    grad_input: torch.Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Write the gradient of ``roi_align_forward`` by ``features`` into ``grad_input``."""
    _require_mean(pool_mode)
    grad_input.copy_(
        torch.ops.torchvision._roi_align_backward(
            grad_output,
            rois,
            spatial_scale,
            aligned_height,
            aligned_width,
            *grad_input.shape,
            sampling_ratio or -1,
            aligned,
        )
    )


def _require_mean(pool_mode: int) -> None:
    if pool_mode != _MEAN_POOL:
        raise NotImplementedError(
            f"roi_align with pool_mode {pool_mode} needs mmcv's compiled operators; "
            "torchvision pools by the mean only (pool_mode='avg')"
        )
