"""A loss or weights that are no numbers end the run and leave the last checkpoint alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.training.hooks.finite_loss_hook import FiniteLossHook

HOOK = [{"type": "FiniteLossHook"}]
BY_EPOCH = {"by_epoch": True, "max_epochs": 3}


class Toy(BaseModel):
    """Its loss is NaN for one picture; for another one only the gradient is.

    The square root of 0 is 0, its derivative infinite, times 0 for the inner derivative.
    """

    def __init__(self, bad_loss, bad_gradient):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.bad_loss, self.bad_gradient = bad_loss, bad_gradient
        self.seen = 0

    def forward(self, inputs, mode):
        loss = (self.weight * torch.tensor(inputs)).sum()
        first = self.seen
        self.seen += len(inputs)
        if self.bad_gradient in range(first, self.seen):
            loss = loss + (self.weight * 0).sqrt().sum()
        return {"loss": loss * torch.tensor(float("nan") if self.bad_loss in inputs else 1.0)}


def run(tmp_path, hooks, train_cfg=None, bad_loss=None, bad_gradient=None, **saving):
    """Train on batches of two out of 12 pictures; ``bad_gradient`` counts them over all epochs."""
    train_cfg = train_cfg or {"by_epoch": False, "max_iters": 6}
    saving = {"interval": 1, "by_epoch": train_cfg["by_epoch"], **saving}
    runner = Runner(
        model=Toy(bad_loss, bad_gradient),
        work_dir=str(tmp_path),
        train_dataloader={
            "dataset": [{"inputs": i} for i in range(12)],
            "sampler": {"type": "DefaultSampler", "shuffle": False},
            "batch_size": 2,
            "num_workers": 0,
        },
        train_cfg=train_cfg,
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}},
        default_hooks={"checkpoint": {"type": "CheckpointHook", **saving}},
        custom_hooks=hooks,
        experiment_name=tmp_path.name,
        log_level="ERROR",
    )
    runner.train()


def weight(path: Path) -> float:
    return torch.load(path, weights_only=True)["state_dict"]["weight"].item()


def last(tmp_path) -> str:
    return Path((tmp_path / "last_checkpoint").read_text()).name


def test_stops_before_the_checkpoint_of_the_bad_iteration(tmp_path):
    # pictures 8 and 9 are the fifth batch
    with pytest.raises(InputError, match=r"iteration 5 .*batch 4\): loss = nan; .*--resume"):
        run(tmp_path, HOOK, bad_loss=9)
    assert (tmp_path / "iter_4.pth").exists()
    assert not (tmp_path / "iter_5.pth").exists()


def test_without_the_hook_bad_weights_are_saved(tmp_path):
    run(tmp_path, [], bad_loss=9)
    assert weight(tmp_path / "iter_6.pth") != weight(tmp_path / "iter_6.pth")


def test_bad_gradient_at_the_end_of_an_epoch_leaves_the_checkpoint_before_it(tmp_path):
    # 12 pictures are 6 iterations; picture 23 is in the last one of epoch 2
    with pytest.raises(InputError, match=r"iteration 12 \(epoch 2\): .* weight; .*--resume"):
        run(tmp_path, HOOK, BY_EPOCH, bad_gradient=23, max_keep_ckpts=1)
    assert last(tmp_path) == "epoch_1.pth"
    assert abs(weight(tmp_path / "epoch_1.pth")) < float("inf")
    assert not (tmp_path / "epoch_2.pth").exists()


def test_bad_gradient_where_a_checkpoint_by_iterations_is_due(tmp_path):
    with pytest.raises(InputError, match=r"iteration 4 \(epoch 1\): .*still good"):
        run(tmp_path, HOOK, bad_gradient=7, interval=2, max_keep_ckpts=1)
    assert last(tmp_path) == "iter_2.pth"
    assert abs(weight(tmp_path / "iter_2.pth")) < float("inf")
    assert not (tmp_path / "iter_4.pth").exists()


@pytest.mark.parametrize(
    ("train_cfg", "bad", "message"),
    [
        (BY_EPOCH, 35, r"iteration 18 \(epoch 3\)"),
        ({"by_epoch": False, "max_iters": 6}, 11, "iteration 6"),
    ],
)
def test_bad_gradient_in_the_last_iteration_of_all(tmp_path, train_cfg, bad, message):
    with pytest.raises(InputError, match=message):
        run(tmp_path, HOOK, train_cfg, bad_gradient=bad, interval=-1, save_last=False)


def test_without_a_checkpoint_none_is_called_good(tmp_path):
    with pytest.raises(InputError, match="there is no checkpoint in .* start again") as caught:
        run(tmp_path, HOOK, bad_loss=1)
    assert "still good" not in str(caught.value) and "--resume" not in str(caught.value)


def test_what_other_hooks_save_is_guarded_too(tmp_path):
    runner = SimpleNamespace(work_dir=str(tmp_path))
    state = {"weight": torch.tensor([1.0, float("inf")]), "bias": torch.tensor(float("nan"))}
    good = {"weight": torch.ones(2), "count": torch.tensor(3)}
    meta = {"epoch": 2, "iter": 40}
    FiniteLossHook().before_save_checkpoint(runner, {"state_dict": good, "meta": meta})
    with pytest.raises(InputError, match=r"iteration 40 \(epoch 2\): .*: weight and 1 more;"):
        FiniteLossHook().before_save_checkpoint(runner, {"state_dict": state, "meta": meta})
