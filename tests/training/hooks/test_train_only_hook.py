"""One part learns, the rest stays bit for bit."""

import copy

import pytest
import torch
from torch import nn

from surgtools.errors import InputError
from surgtools.training.hooks.train_only_hook import TrainOnlyHook


class Runner:
    def __init__(self):
        torch.manual_seed(0)
        body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        parts = {"body": body, "head": nn.Linear(4, 1), "head2": nn.Linear(4, 1)}
        self.model = nn.ModuleDict(parts)


def test_only_the_named_part_changes():
    runner, hook = Runner(), TrainOnlyHook(["head"])
    hook.before_run(runner)
    model = runner.model.train()
    hook.before_train_iter(runner, 0)
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    model["head"](model["body"](torch.randn(8, 3))).sum().backward()
    optimizer.step()
    changed = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    assert changed == {"head.weight", "head.bias"}, "neither statistics nor a name alike"


def test_an_unknown_part_is_named():
    with pytest.raises(InputError, match="neck: the network has no such part; it has body, head"):
        TrainOnlyHook(["neck"]).before_run(Runner())
