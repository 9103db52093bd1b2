"""Mixed precision on a CPU: features are rounded while training, nothing else."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from surgtools.errors import InputError
from surgtools.training.hooks.bfloat16_features_hook import BFloat16FeaturesHook


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.constant_(self.backbone.weight, 1 + 2**-9)  # 1 in bfloat16

    def extract_feat(self, inputs):
        return (self.backbone(inputs),)


def test_features_are_rounded_while_training_only():
    network = Network().train()
    runner = SimpleNamespace(model=network)
    hook = BFloat16FeaturesHook()
    picture = torch.ones(1, 1, 2, 2)
    hook.before_train(runner)
    (feature,) = network.extract_feat(picture)
    assert feature.dtype == torch.float32
    assert feature[0, 0, 0, 0].item() == 1.0
    feature.sum().backward()
    assert network.backbone.weight.grad.item() == 4.0
    assert network.eval().extract_feat(picture)[0][0, 0, 0, 0].item() == 1 + 2**-9
    hook.after_train(runner)
    assert network.train().extract_feat(picture)[0][0, 0, 0, 0].item() == 1 + 2**-9


def test_a_network_without_features_is_refused():
    with pytest.raises(InputError, match="train it without --amp"):
        BFloat16FeaturesHook().before_train(SimpleNamespace(model=nn.Linear(1, 1)))
