"""Strides, frozen parts and names of the small backbone."""

import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools.models import EfficientNetLite0
from surgtools.models.efficientnet_lite import STAGES, from_package


def test_channels_and_strides():
    levels = EfficientNetLite0().eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(level.shape[1:]) for level in levels] == [(40, 8, 12), (112, 4, 6), (320, 2, 3)]


def test_adapters_feed_another_neck_and_are_never_frozen():
    network = EfficientNetLite0(frozen_stages=7, adapters=(96, 192, 384)).train()
    levels = network(torch.randn(1, 3, 64, 64))
    assert [level.shape[1] for level in levels] == [96, 192, 384]
    sum(level.mean() for level in levels).backward()
    trained = {name.split(".")[0] for name, p in network.named_parameters() if p.grad is not None}
    assert trained == {"adapters"}


def test_frozen_stages_change_neither_weights_nor_statistics():
    network = EfficientNetLite0(frozen_stages=3).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    sum(level.square().mean() for level in network(torch.randn(2, 3, 64, 64))).backward()
    optimizer.step()
    changed = {
        name.split(".")[1] if name.startswith("stages") else "stem"
        for name, value in network.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert changed == {"3", "4", "5", "6"}


@pytest.mark.parametrize("settings", [{"norm_eval": True}, {"frozen_stages": 7}])
def test_statistics_can_stay(settings):
    network = EfficientNetLite0(**settings).train()
    network(torch.randn(2, 3, 64, 64))
    tracked = [v for k, v in network.state_dict().items() if k.endswith("num_batches_tracked")]
    assert not any(tracked)


def test_every_value_of_the_package_finds_its_place():
    """Names as the package has them, made from the table of stages."""
    network, weights, number = EfficientNetLite0(), {}, 0
    own = network.state_dict()
    kinds = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    weights["_conv_stem.weight"] = own["stem.conv.weight"]
    weights |= {f"_bn0.{kind}": own[f"stem.bn.{kind}"] for kind in kinds}
    for stage, (*_, count) in enumerate(STAGES):
        for block in range(count):
            parts = ["expand", "depthwise", "project"] if number else ["depthwise", "project"]
            for part in parts:
                norm = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
                place = f"stages.{stage}.{block}.{part}"
                weights[f"_blocks.{number}._{part}_conv.weight"] = own[f"{place}.conv.weight"]
                for kind in kinds:
                    weights[f"_blocks.{number}.{norm}.{kind}"] = own[f"{place}.bn.{kind}"]
            number += 1
    weights["_fc.bias"] = torch.zeros(1000)
    renamed = from_package(weights)
    assert renamed.keys() == own.keys()
    assert all(torch.equal(renamed[name], own[name]) for name in own)
