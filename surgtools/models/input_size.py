"""Carry a trained pose network over to another input size.

The head of RTMPose has one weight per cell of its map and one per bin of its answer, so its
weights fit one input size. Both are samples of something smooth, and can be sampled anew.

Shapes: F hidden features, h and w cells, B bins.
"""

import torch
from mmengine.config import Config
from torch import Tensor
from torch.nn import functional as F

from surgtools.errors import InputError

_CELLS, _BINS = "head.mlp.1.weight", ("head.cls_x.weight", "head.cls_y.weight")


def resize_input(state: dict[str, Tensor], trained: Config, wanted: Config) -> dict[str, Tensor]:
    """Weights for the input size of another config of the same network.

    They are a start for training, not yet a good network: features learnt at one size do not know
    how things look at another.

    Args:
        state: of the trained network.
        trained: the config it was trained with.
        wanted: the config to carry it over to.

    Returns:
        A new state; what does not depend on the input size is shared with ``state``.

    Raises:
        InputError: the network has no ``RTMCCHead``, or its weights are not of ``trained``.
    """
    sizes = [_map_size(config) for config in (trained, wanted)]
    missing = next((key for key in (_CELLS, *_BINS) if key not in state), None)
    if missing:
        raise InputError(f"the checkpoint has no `{missing}`; give one of an RTMPose network")
    cells = state[_CELLS]
    if cells.shape[1] != sizes[0][0] * sizes[0][1]:
        raise InputError(
            f"`{_CELLS}` has {cells.shape[1]} cells, the config of the trained network makes "
            f"{sizes[0][0]} x {sizes[0][1]}; give the config that it was trained with"
        )
    changed = {_CELLS: _resample_cells(cells, *sizes)}
    for key, side in zip(_BINS, wanted.model.head.input_size, strict=True):
        bins = round(side * wanted.model.head.simcc_split_ratio)
        changed[key] = _resample_bins(state[key], bins)
    return {**state, **changed}


def _map_size(config: Config) -> tuple[int, int]:
    """Rows and columns of the head's map."""
    head = config.get("model", {}).get("head", {})
    if "in_featuremap_size" not in head:
        raise InputError("a config without `model.head.in_featuremap_size`; give one of RTMPose")
    width, height = head.in_featuremap_size
    return height, width


def _resample_cells(weight: Tensor, old: tuple[int, int], new: tuple[int, int]) -> Tensor:
    """(F, h w) to the new cells; each feature stays the sum that it was over the whole map."""
    maps = weight.float().reshape(-1, 1, *old)
    maps = F.interpolate(maps, size=new, mode="bilinear", align_corners=False)
    share = (old[0] * old[1]) / (new[0] * new[1])
    return (maps.flatten(1) * share).to(weight.dtype)


def _resample_bins(weight: Tensor, bins: int) -> Tensor:
    """(B, F) to the new number of bins."""
    lines = weight.float().t()[None]
    lines = F.interpolate(lines, size=bins, mode="linear", align_corners=False)
    return torch.clone(lines[0].t(), memory_format=torch.contiguous_format).to(weight.dtype)
