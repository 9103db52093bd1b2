"""Train one network from a config, as the hosts' ``tools/train.py`` do."""

import logging
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, Runner, find_latest_checkpoint
from torch import nn
from torch.utils.data import DataLoader

from surgtools.errors import InputError
from surgtools.hosts.config_files import require_classes
from surgtools.hosts.cpu_ranks import meet_without_cards
from surgtools.hosts.explained_errors import building, readable_errors
from surgtools.training.preconditions import require_checkpoint, require_data, require_folder
from surgtools.training.shared_memory import use_fitting_workers
from surgtools.training.whole_checkpoints import WHOLE


def train(
    config: Config,
    work_dir: str | Path,
    *,
    resume: str | None = None,
    amp: bool = False,
    validate: bool = True,
    auto_scale_lr: bool = False,
    launcher: str = "none",
    epochs: int | None = None,
    seed: int | None = None,
    only: Sequence[str] = (),
) -> Runner:
    """Run a training to its end.

    Args:
        config: see ``load_config``; changed in place by the other arguments.
        work_dir: for logs and checkpoints.
        resume: ``"auto"`` goes on from the latest checkpoint in ``work_dir``, or starts, from
            ``load_from`` where the config names one; a path goes on from that file.
        amp: mixed precision, see ``use_mixed_precision``.
        validate: score on the validation set while training.
        auto_scale_lr: scale the learning rate by the batch size, see the host.
        launcher: of distributed training, see the host.
        epochs: length of the training; its schedule is stretched alongside.
        seed: of all random numbers; the config's when None.
        only: parts of the network to train, see ``TrainOnlyHook``; all when empty.

    Returns:
        The runner, whose model is the trained one.

    Raises:
        InputError: config, data, checkpoint or a batch cannot be used. The first three are
            checked before anything is written.
    """
    config.work_dir, config.launcher = str(work_dir), launcher
    if not validate:
        config.val_cfg = config.val_dataloader = config.val_evaluator = None
    if epochs is not None:
        set_epochs(config, epochs)
    if seed is not None:
        config.randomness = {"seed": seed}
    if amp:
        use_mixed_precision(config)
    if only:
        train_only(config, only)
    if auto_scale_lr:
        config.auto_scale_lr.enable = True
    if (config.get("default_hooks") or {}).get("checkpoint"):
        config.default_hooks.checkpoint.backend_args = dict(WHOLE)
    notes = []
    if resume == "auto":
        resume = find_latest_checkpoint(str(work_dir)) or None
        if resume is None:
            notes.append(f"{work_dir}: holds no checkpoint to go on from; beginning anew")
    if resume is not None:
        config.resume, config.load_from = True, str(resume)
    if "visualizer" in config:
        # the host keeps one writer per name: a second training would write into the first's log
        config.visualizer.name = f"{Path(work_dir).name}-{time.time_ns()}"
    require_classes(config)
    notes += require_data(config)
    require_checkpoint(config)
    require_folder(work_dir)
    meet_without_cards(config)
    with readable_errors():
        with building(config):
            runner = ExplainingRunner.from_cfg(config)
        runner.logger.addFilter(_worth_reading)
        for note in notes:
            runner.logger.warning(note)
        runner.train()
    return runner


class ExplainingRunner(Runner):
    """The host's runner; what it builds as training begins, it builds in ``building``.

    Errors of the training itself keep their traceback.
    """

    def build_model(self, model: nn.Module | dict) -> nn.Module:
        """The network, on a CPU with channels last, which its convolutions are faster with."""
        network = super().build_model(model)
        last = torch.channels_last if get_device() == "cpu" else torch.preserve_format
        return network.to(memory_format=last)

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """The loop with its dataset, sampler and dataloader."""
        with building(self.cfg, "train_cfg or train_dataloader"):
            return super().build_train_loop(loop)

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """The same for validation, with its metrics."""
        with building(self.cfg, "val_cfg or val_dataloader"):
            return super().build_val_loop(loop)

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader:
        """A dataloader with no more workers than shared memory has room for."""
        loader = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        use_fitting_workers(loader)
        return loader

    def build_optim_wrapper(self, optim_wrapper: OptimWrapper | dict) -> OptimWrapper:
        """The optimizer, whose settings torch checks."""
        with building(self.cfg, "optim_wrapper"):
            return super().build_optim_wrapper(optim_wrapper)

    def build_param_scheduler(self, scheduler: list | dict) -> list | dict:
        """The schedules of learning rate and momentum."""
        with building(self.cfg, "param_scheduler"):
            return super().build_param_scheduler(scheduler)

    def call_hook(self, fn_name: str, **kwargs) -> None:
        """Hooks build their parts, as the averaged model, before the run."""
        with building(self.cfg, "a hook") if fn_name == "before_run" else nullcontext():
            super().call_hook(fn_name, **kwargs)


def use_mixed_precision(config: Config, device: str | None = None) -> None:
    """Train in half precision: fp16 with scaled losses, and on a CPU features in bfloat16.

    Args:
        device: ``cpu`` or another; None asks the machine.
    """
    if (device or get_device()) == "cpu":
        hook = {"type": "BFloat16FeaturesHook"}
        config.custom_hooks = [*config.get("custom_hooks", ()), hook]
    else:
        config.optim_wrapper.type = "AmpOptimWrapper"
        config.optim_wrapper.loss_scale = "dynamic"


def train_only(config: Config, parts: Sequence[str]) -> None:
    """Leave all but some parts of the network as they are loaded.

    Raises:
        InputError: nothing is loaded.
    """
    if not config.get("load_from"):
        raise InputError(
            f"--only {' '.join(parts)}: the other parts would stay random; add --cfg-options "
            "load_from=CHECKPOINT"
        )
    hook = {"type": "TrainOnlyHook", "parts": list(parts)}
    config.custom_hooks = [*config.get("custom_hooks", ()), hook]


def set_epochs(config: Config, epochs: int) -> None:
    """Change the length of an epoch-based training and stretch its schedules alongside."""
    if "max_epochs" not in config.train_cfg:
        raise InputError("--epochs needs a config whose train_cfg counts epochs (max_epochs)")
    stretch = epochs / config.train_cfg.max_epochs
    config.train_cfg.max_epochs = epochs
    if "val_interval" in config.train_cfg:
        interval = round(config.train_cfg.val_interval * stretch)
        config.train_cfg.val_interval = min(max(interval, 1), epochs)
    schedulers = config.param_scheduler
    for scheduler in schedulers if isinstance(schedulers, list) else [schedulers]:
        if not scheduler.get("by_epoch", True):
            continue
        for key in ("begin", "end", "T_max"):
            if key in scheduler:
                scheduler[key] = max(round(scheduler[key] * stretch), int(key != "begin"))


def _worth_reading(record: logging.LogRecord) -> bool:
    """Leaves out the host's one line per parameter."""
    return not record.getMessage().startswith("paramwise_options --")
