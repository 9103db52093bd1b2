"""Turn the config a network was trained with into the config that adapts it.

Whatever the network is, adaptation changes the same few things: source replay around the
training data, an averaging teacher with buffers, the pseudo-label hook, a short schedule.
``configs/adaptation/`` shows the same for two networks, for use with ``surgtools train``.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.hosts.config_files import leaf_dataset_configs
from surgtools.training.run import use_mixed_precision
from surgtools.training.whole_checkpoints import WHOLE

_FOREIGN_HOOKS = frozenset({"EMAHook", "PipelineSwitchHook", "mmdet.PipelineSwitchHook"})
"""Replaced, or made for a schedule that adaptation does not have."""


FORGOTTEN = 6.0
"""The averaging teacher keeps ``exp(-FORGOTTEN)`` of its start: 0.2 %, and 14 % after a third."""


@dataclass(frozen=True)
class StageSettings:
    """How one network is adapted.

    Attributes:
        epochs: length of the training.
        epoch_length: items per epoch, source and pseudo-labelled together.
        interval: epochs from round to round.
        pseudo_share: of every epoch.
        start_share: of the starting weights in the result, see ``train_stage``; the trained ones
            are the rest. In [0, 1).
        lr: peak learning rate of the optimizer the network was trained with.
        ema_momentum: share of the student that enters the teacher at every step; None takes
            ``FORGOTTEN`` over the number of steps, so that nothing of the start is left in the
            end, however short the training.
        teacher: ``ema`` or ``frozen``.
        labels: ``hard`` or ``soft``; a detector's labels are boxes and always hard.
        without: selection rules to leave out.
        low_resolution: factors of ``LowResolution`` for the student's pictures; empty for none.
        seed: of everything.
        num_workers: of the dataloader.
        amp: mixed precision, see ``use_mixed_precision``.
    """

    epochs: int = 6
    epoch_length: int = 480
    interval: int = 2
    pseudo_share: float = 0.5
    start_share: float = 0.5
    lr: float = 2e-4
    ema_momentum: float | None = None
    teacher: str = "ema"
    labels: str = "hard"
    without: Sequence[str] = field(default=())
    low_resolution: Sequence[float] = field(default=())
    seed: int = 0
    num_workers: int = 2
    amp: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "epoch_length", "interval"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)} given; 1 or more is expected")
        if not 0 < self.pseudo_share < 1:
            raise InputError(f"pseudo_share {self.pseudo_share} given; between 0 and 1 expected")
        if not 0 <= self.start_share < 1:
            raise InputError(f"start_share {self.start_share} given; from 0 to below 1 expected")


def build_stage_config(
    base: Config,
    role: str,
    source: str | Path,
    start_weights: str | Path,
    work_dir: str | Path,
    hook: Mapping[str, Any],
    settings: StageSettings,
) -> Config:
    """The config of one adaptation training.

    Args:
        base: what the network was trained with; left unchanged.
        role: ``detector`` or ``pose``.
        source: dataset folder that is replayed.
        start_weights: checkpoint to start from.
        work_dir: of the training.
        hook: arguments of ``VideoPseudoLabelHook`` that say where things are: ``proposer``,
            ``knowledge``, ``pool``, ``reference``.
        settings: see ``StageSettings``.

    Raises:
        InputError: the config's training data is not a single dataset of surgtools.
    """
    config = copy.deepcopy(base)
    leaves = list(leaf_dataset_configs(config.train_dataloader.dataset))
    if len(leaves) != 1:
        raise InputError(
            f"{base.filename}: has {len(leaves)} training datasets, adaptation replays one; give "
            "a config of configs/detection or configs/pose"
        )
    replayed = leaves[0]
    replayed.data_root = str(source)
    replayed.pipeline = adapt_pipeline(replayed.pipeline, role, settings)
    pseudo = {k: v for k, v in replayed.items() if k in ("type", "pipeline")}
    loader = config.train_dataloader
    loader.dataset = {
        "type": "SourceReplayDataset",
        "dataset": replayed,
        "pseudo": pseudo,
        "pseudo_share": settings.pseudo_share,
        "length": settings.epoch_length,
        "seed": settings.seed,
    }
    loader.batch_size = min(loader.batch_size, max(1, settings.epoch_length // 4))
    loader.num_workers = settings.num_workers
    loader.persistent_workers = settings.num_workers > 0
    config.train_cfg = {"by_epoch": True, "max_epochs": settings.epochs}
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.test_cfg = config.test_dataloader = config.test_evaluator = None
    config.optim_wrapper.optimizer.lr = settings.lr
    config.param_scheduler = _schedule(settings)
    config.custom_hooks = [
        *(h for h in config.get("custom_hooks", ()) if h["type"] not in _FOREIGN_HOOKS),
        {
            "type": "EMAHook",
            "momentum": _momentum(settings, loader.batch_size),
            "update_buffers": True,
            "priority": 49,
        },
        {
            "type": "VideoPseudoLabelHook",
            "role": role,
            "teacher": settings.teacher,
            "labels": settings.labels if role == "pose" else "hard",
            "interval": settings.interval,
            "without": list(settings.without),
            "seed": settings.seed,
            **hook,
        },
    ]
    config.default_hooks.checkpoint = {
        "type": "CheckpointHook",
        "interval": 1,
        "max_keep_ckpts": 2,  # with 1 the host deletes the only one before it writes the next
        "backend_args": dict(WHOLE),
    }
    config.load_from, config.resume = str(start_weights), False
    config.work_dir, config.randomness = str(work_dir), {"seed": settings.seed}
    config.log_level = "WARNING"
    if settings.amp:
        use_mixed_precision(config)
    return config


def adapt_pipeline(
    pipeline: Sequence[Mapping], role: str, settings: StageSettings
) -> list[Mapping]:
    """The student's pipeline: that of its training, plus what the settings ask for."""
    steps = []
    for step in pipeline:
        coarse = step["type"] == "LoadInstrumentImage" and settings.low_resolution
        # No camera puts a coarse instrument before a sharp background, as a layer would be.
        steps.append({**step, "layer_prob": 0.0} if coarse else step)
        if coarse:
            factors = list(settings.low_resolution)
            steps.append({"type": "LowResolution", "factors": factors})
        if step["type"] == "GenerateTarget" and role == "pose":
            steps.append({"type": "PseudoLabelTrust"})
    return steps


def _momentum(settings: StageSettings, batch_size: int) -> float:
    if settings.ema_momentum is not None:
        return settings.ema_momentum
    steps = settings.epochs * -(-settings.epoch_length // batch_size)
    return min(0.5, FORGOTTEN / steps)


def _schedule(settings: StageSettings) -> list[dict]:
    """A few warm-up steps, then a cosine: the optimizer starts without its moments."""
    return [
        {"type": "LinearLR", "start_factor": 0.05, "by_epoch": False, "begin": 0, "end": 10},
        {
            "type": "CosineAnnealingLR",
            "eta_min": settings.lr * 0.05,
            "begin": 0,
            "end": settings.epochs,
            "T_max": settings.epochs,
            "by_epoch": True,
            "convert_to_iter_based": True,
        },
    ]
