"""Make a resumed training the same as one that was never stopped."""

from collections.abc import Iterator

import torch
from mmengine.dataset import ConcatDataset
from mmengine.dist import broadcast_object_list, get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import Dataset

from surgtools.datasets.seeded_items import SeededItems, seed_everything


@HOOKS.register_module()
class RepeatableEpochHook(Hook):
    """At the start of an epoch all randomness becomes a function of the run's seed and the epoch.

    The host restores weights, optimizer, schedule and averaged weights; what it does not restore
    is the state of the random generators. With this hook the order of the samples, their random
    changes (see ``SeededItems``) and the network's own draws repeat, so an epoch that a kill cut
    short is done again exactly.

    Two things stay as the host has them: trainings that count iterations only, and datasets below
    a wrapper that shows a sample several times per epoch, whose changes must differ each time.
    """

    priority = "VERY_HIGH"

    def before_train_epoch(self, runner: Runner) -> None:
        """Fix order and changes of the samples before a worker is asked for one."""
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        loader, seeds = runner.train_dataloader, [runner.seed]
        broadcast_object_list(seeds)  # ranks may have seeds of their own, see the host
        # without --seed one is drawn; that of the checkpoint comes after the sampler was made
        for sampler in (loader.sampler, getattr(loader.batch_sampler, "sampler", None)):
            if hasattr(sampler, "seed"):
                sampler.seed = seeds[0]
        for dataset in _seeded_parts(loader.dataset):
            dataset.set_epoch(seeds[0], runner.epoch)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Fix the network's draws; earlier, starting workers would draw a number in between."""
        if batch_idx > 0 or not isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        seed = seed_everything((runner.seed, runner.epoch, get_rank()))
        if torch.cuda.is_available():
            torch.cuda.manual_seed_all(seed)


def _seeded_parts(dataset: Dataset) -> Iterator[SeededItems]:
    if isinstance(dataset, SeededItems):
        yield dataset
    elif isinstance(dataset, ConcatDataset):
        for part in dataset.datasets:
            yield from _seeded_parts(part)
