"""Runs on several cards put a wrapper around the network."""

from mmengine.model import is_model_wrapper
from torch import nn


def without_wrapper(model: nn.Module) -> nn.Module:
    """The network itself, whether a wrapper is around it or not."""
    return model.module if is_model_wrapper(model) else model
