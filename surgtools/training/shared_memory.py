"""Use no more dataloader workers than shared memory has room for.

Workers hand their batches over in ``/dev/shm``, of which a container has 64 MB unless it is given
more. When it is full, workers die one after the other and the training waits for ever.
"""

import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmengine.structures import BaseDataElement
from torch.utils.data import DataLoader

FOLDER = Path("/dev/shm")
PLENTY = 4 * 2**30
"""Where so many bytes are free nothing is measured."""

SHARE = 0.4
"""Of what is free, for one dataloader: another one reads the validation set."""


def free_bytes() -> int | None:
    """What is free in shared memory; None where the system has none of this kind."""
    return shutil.disk_usage(FOLDER).free if FOLDER.is_dir() else None


def use_fitting_workers(loader: DataLoader) -> None:
    """Lower the number of workers of a fresh dataloader where their batches would not fit."""
    free = free_bytes()
    if free is None or free >= PLENTY or not loader.num_workers or not len(loader.dataset):
        return
    batch = _bytes_of_sample(loader.dataset) * _size_of_batch(loader)
    fitting = count_workers(loader.num_workers, loader.prefetch_factor or 2, batch, free)
    if fitting == loader.num_workers:
        return
    print_log(
        f"{FOLDER} has room for {free / 2**20:.0f} MB: {fitting} instead of "
        f"{loader.num_workers} workers read the pictures; give a container more with --shm-size",
        logger="current",
        level=30,
    )
    loader.num_workers = fitting


def count_workers(asked: int, prefetch: int, batch_bytes: int, free: int) -> int:
    """Workers of whose batches all fit at once, with the one in use; 0 reads without any."""
    batches = int(SHARE * free / max(batch_bytes, 1)) - 1
    return max(0, min(asked, batches // prefetch))


def _size_of_batch(loader: DataLoader) -> int:
    return loader.batch_size or getattr(loader.batch_sampler, "batch_size", 1)


def _bytes_of_sample(dataset: Any) -> int:
    """Bytes of the first sample's tensors; no random number is used up for it."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        return _bytes_of(dataset[0])
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def _bytes_of(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return -(-value.nbytes // 4096) * 4096  # each is a file of its own
    if isinstance(value, BaseDataElement):
        value = value.all_values()
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return sum(map(_bytes_of, value))
    return 0
