"""Stop a training whose loss or weights are no numbers, before anything good is overwritten."""

from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.hooks import CheckpointHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from surgtools.errors import InputError


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Raise at the first loss that is infinite or NaN, and before weights that are get saved.

    A finite loss can have a gradient that is not, so losses alone do not keep a checkpoint good.
    The weights are looked at after every epoch, when a checkpoint by iterations is due, and at
    the end. All of it runs before the checkpoint hook, which with ``max_keep_ckpts`` removes the
    earlier file first; ``before_save_checkpoint`` alone would come too late for that, and guards
    what other hooks save. The host's ``CheckInvalidLossHook`` looks every 50 iterations only and
    does not say which pictures were in the batch.

    Raises:
        InputError: with the iteration, and the losses and pictures of the batch or the weights.
    """

    priority = "HIGH"

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Look at every loss of the iteration, and at the weights where they get saved."""
        losses = {
            name: value.item()
            for name, value in (outputs or {}).items()
            if torch.is_tensor(value) and not torch.isfinite(value).all()
        }
        if losses:
            values = ", ".join(f"{name} = {value}" for name, value in losses.items())
            raise InputError(
                f"iteration {runner.iter + 1} (epoch {runner.epoch + 1}, batch {batch_idx}): "
                f"{values}; pictures {_pictures(data_batch)}; "
                + _advice(runner.work_dir, "look at these pictures or lower the learning rate")
            )
        if any(_saves_now(hook, runner) for hook in runner.hooks):
            _require_numbers(runner, runner.epoch + 1, runner.iter + 1)

    def after_train_epoch(self, runner: Runner) -> None:
        """Look at the weights; the host has counted the iteration, not yet the epoch."""
        _require_numbers(runner, runner.epoch + 1, runner.iter)

    def after_train(self, runner: Runner) -> None:
        """Look at the weights the training ends with, saved or not."""
        _require_numbers(runner, runner.epoch, runner.iter)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Look at the weights of the dict that is about to be written."""
        meta = checkpoint["meta"]
        _require_finite(checkpoint["state_dict"], runner.work_dir, meta["epoch"], meta["iter"])


def _saves_now(hook: Hook, runner: Runner) -> bool:
    """Whether the host's hook writes a checkpoint after this iteration; its own condition."""
    if not isinstance(hook, CheckpointHook) or hook.by_epoch:
        return False
    due = hook.every_n_train_iters(runner, hook.interval, hook.save_begin)
    return due or (hook.save_last and hook.is_last_train_iter(runner))


def _require_numbers(runner: Runner, epoch: int, iteration: int) -> None:
    _require_finite(runner.model.state_dict(), runner.work_dir, epoch, iteration)


def _require_finite(state: Mapping, work_dir: str, epoch: int, iteration: int) -> None:
    bad = [
        name
        for name, value in state.items()
        if torch.is_tensor(value) and not torch.isfinite(value).all()
    ]
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise InputError(
            f"iteration {iteration} (epoch {epoch}): the loss is finite, but the weights are no "
            f"numbers after it: {bad[0]}{more}; " + _advice(work_dir, "lower the learning rate")
        )


def _advice(work_dir: str, remedy: str) -> str:
    remedy = f"{remedy} (--cfg-options optim_wrapper.optimizer.lr=...)"
    if _has_checkpoint(Path(work_dir)):
        return f"the last checkpoint in {work_dir} is still good, {remedy} and go on with --resume"
    return f"there is no checkpoint in {work_dir} yet, {remedy} and start again"


def _has_checkpoint(work_dir: Path) -> bool:
    """Whether ``--resume`` finds something; the host keeps the path in this file."""
    note = work_dir / "last_checkpoint"
    return note.is_file() and Path(note.read_text().strip()).exists()


def _pictures(data_batch: dict | None) -> str:
    samples = (data_batch or {}).get("data_samples", [])
    return ", ".join(str(sample.metainfo.get("img_path", "?")) for sample in samples) or "unknown"
