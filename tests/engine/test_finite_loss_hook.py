"""A loss that is no number ends the run and leaves the last checkpoint alone."""

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

import surgtools.register  # noqa: F401
from surgtools.errors import InputError


class Toy(BaseModel):
    """Its loss is NaN for a batch that holds the number 9."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, inputs, mode):
        loss = (self.weight * torch.tensor(inputs)).sum()
        return {"loss": loss * torch.tensor(float("nan") if 9 in inputs else 1.0)}


def run(tmp_path, hooks):
    runner = Runner(
        model=Toy(),
        work_dir=str(tmp_path),
        train_dataloader={
            "dataset": [{"inputs": i} for i in range(12)],
            "sampler": {"type": "DefaultSampler", "shuffle": False},
            "batch_size": 2,
            "num_workers": 0,
        },
        train_cfg={"by_epoch": False, "max_iters": 6},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}},
        default_hooks={"checkpoint": {"type": "CheckpointHook", "interval": 1, "by_epoch": False}},
        custom_hooks=hooks,
        experiment_name=tmp_path.name,
        log_level="ERROR",
    )
    runner.train()


def test_stops_before_the_checkpoint_of_the_bad_iteration(tmp_path):
    # pictures 8 and 9 are the fifth batch
    with pytest.raises(InputError, match=r"iteration 5 .*batch 4\): loss = nan; .*--resume"):
        run(tmp_path, [{"type": "FiniteLossHook"}])
    assert (tmp_path / "iter_4.pth").exists()
    assert not (tmp_path / "iter_5.pth").exists()


def test_without_the_hook_bad_weights_are_saved(tmp_path):
    run(tmp_path, [])
    state = torch.load(tmp_path / "iter_6.pth", weights_only=True)["state_dict"]
    assert torch.isnan(state["weight"]).all()
