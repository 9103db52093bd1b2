"""In a real runner: a resumed training repeats what an uninterrupted one did."""

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

import surgtools.register  # noqa: F401
from surgtools.datasets.seeded_items import SeededItems


class Noisy(Dataset):
    metainfo: dict = {}

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return {"inputs": torch.tensor([index, np.random.random()])}


class SeededNoisy(SeededItems, Noisy):
    pass


class Toy(BaseModel):
    """Its loss depends on weights, samples, their order, and the network's own draws."""

    def __init__(self):
        super().__init__()
        self.layer, self.dropout = nn.Linear(2, 1), nn.Dropout()
        self.losses, self.seen = [], []

    def forward(self, inputs, mode="loss"):
        loss = (self.layer(self.dropout(inputs)) ** 2).mean()
        self.losses.append(loss.item())
        self.seen += [(int(index), float(noise)) for index, noise in inputs]
        return {"loss": loss}


def run(folder, hooks, epochs=3, seed=None, resume=None, workers=0):
    """The trained model, which remembers the iterations of this run."""
    torch.manual_seed(0)
    model = Toy()
    Runner(
        model,
        work_dir=str(folder),
        train_dataloader={
            "dataset": SeededNoisy(),
            "sampler": {"type": "DefaultSampler", "shuffle": True},
            "batch_size": 2,
            "num_workers": workers,
            "persistent_workers": workers > 0,
            "collate_fn": {"type": "default_collate"},
        },
        train_cfg={"by_epoch": True, "max_epochs": epochs},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 1e-3, "momentum": 0.9}},
        default_hooks={"checkpoint": {"type": "CheckpointHook", "interval": 1}},
        custom_hooks=hooks,
        load_from=str(resume) if resume else None,
        resume=resume is not None,
        randomness={"seed": seed},
        experiment_name=str(folder).strip("/").replace("/", "-"),
        log_level="ERROR",
    ).train()
    return model


HOOK = [{"type": "RepeatableEpochHook"}]


@pytest.mark.parametrize("seed", [None, 7])
def test_resumed_epochs_repeat(tmp_path, seed):
    whole = run(tmp_path / "whole", HOOK, seed=seed)
    parts = run(tmp_path / "parts", HOOK, resume=tmp_path / "whole/epoch_1.pth", seed=seed)
    assert parts.losses == whole.losses[4:]


def test_without_the_hook_they_do_not(tmp_path):
    whole = run(tmp_path / "whole", [], seed=7)
    parts = run(tmp_path / "parts", [], resume=tmp_path / "whole/epoch_1.pth", seed=7)
    assert len(parts.losses) == len(whole.losses[4:])
    assert parts.losses != whole.losses[4:]


def test_the_number_of_workers_changes_nothing(tmp_path):
    alone = run(tmp_path / "alone", HOOK, seed=7, epochs=2)
    helped = run(tmp_path / "helped", HOOK, seed=7, epochs=2, workers=2)
    assert helped.losses == alone.losses


def test_every_epoch_changes_every_sample_anew(tmp_path):
    seen = run(tmp_path / "run", HOOK, seed=7, epochs=2).seen
    first, second = dict(seen[:8]), dict(seen[8:])
    assert sorted(first) == sorted(second) == list(range(8))
    assert all(first[index] != second[index] for index in first)
