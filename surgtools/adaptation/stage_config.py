"""Turn the config a network was trained with into the config that adapts it.

What changes is ``surgtools/configs/adaptation_recipe.py``. The files of ``configs/adaptation/``
apply the same recipe to two networks, for use with ``surgtools train``.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from surgtools.adaptation.settings import StageSettings
from surgtools.configs import adaptation_recipe as recipe
from surgtools.errors import InputError
from surgtools.hosts.config_files import leaf_dataset_configs
from surgtools.hosts.config_taxonomy import config_taxonomy, set_taxonomy
from surgtools.training.run import use_mixed_precision
from surgtools.training.whole_checkpoints import WHOLE

_FOREIGN_HOOKS = frozenset({"EMAHook", "PipelineSwitchHook", "mmdet.PipelineSwitchHook"})
"""Replaced, or made for a schedule that adaptation does not have."""


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
        role: ``detector``, ``pose`` or ``one_stage``.
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
            "a config of configs/detection, configs/pose or configs/one_stage"
        )
    replayed = leaves[0]
    replayed.data_root = str(source)
    loader = config.train_dataloader
    loader.dataset = recipe.replay(
        replayed,
        role,
        length=settings.epoch_length,
        pseudo_share=settings.pseudo_share,
        low_resolution=settings.low_resolution,
    )
    loader.dataset.seed = settings.seed
    loader.batch_size = min(loader.batch_size, max(1, settings.epoch_length // 4))
    loader.num_workers = settings.num_workers
    loader.persistent_workers = settings.num_workers > 0
    config.train_cfg = {"by_epoch": True, "max_epochs": settings.epochs}
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.test_cfg = config.test_dataloader = config.test_evaluator = None
    config.optim_wrapper.optimizer.lr = settings.lr
    config.param_scheduler = recipe.schedule(settings.lr, settings.epochs)
    momentum = settings.ema_momentum
    if momentum is None:
        momentum = recipe.teacher_momentum(
            settings.epochs, settings.epoch_length, loader.batch_size
        )
    config.custom_hooks = [
        *(h for h in config.get("custom_hooks", ()) if h["type"] not in _FOREIGN_HOOKS),
        recipe.teacher_hook(momentum),
        {
            "type": "VideoPseudoLabelHook",
            "role": role,
            "teacher": settings.teacher,
            "labels": "hard" if role == "detector" else settings.labels,
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
    set_taxonomy(config, config_taxonomy(base))  # parts that the recipe adds take it, too
    return config
