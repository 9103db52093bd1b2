"""Weights change their order in memory and nothing else."""

import torch
from torch import nn

import surgtools.register  # noqa: F401
from surgtools.training.hooks.channels_last_hook import ChannelsLastHook


class Runner:
    def __init__(self, model):
        self.model = model


def test_reorders_in_place_and_keeps_outputs():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 3))
    inputs = torch.randn(2, 3, 8, 8)
    before, weight = model.eval()(inputs), model[0].weight
    ChannelsLastHook().before_run(Runner(model))
    assert model[0].weight is weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not weight.is_contiguous()
    torch.testing.assert_close(model(inputs), before)
