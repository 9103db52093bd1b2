"""Make random changes repeatable: they depend on sample and epoch, not on the process."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


class SeededItems:
    """Mix-in before a host's dataset: item ``i`` of epoch ``e`` is a function of (seed, e, i).

    Neither the number of workers nor a resumed run then changes what the network sees.
    ``RepeatableEpochHook`` calls ``set_epoch``; until someone does, items follow the process's
    own random state, as the host has it.
    """

    _item_key: torch.Tensor | None = None

    def set_epoch(self, seed: int, epoch: int) -> None:
        """Choose the random changes of an epoch, in all processes.

        The first call comes before the first worker starts; later ones reach the workers through
        shared memory.
        """
        if self._item_key is None:
            self._item_key = torch.zeros(2, dtype=torch.int64).share_memory_()
        self._item_key[:] = torch.tensor((seed, epoch))

    def __getitem__(self, index: int) -> Any:
        if self._item_key is None:
            return super().__getitem__(index)
        with seeded((*self._item_key.tolist(), index)):
            return super().__getitem__(index)


@contextmanager
def seeded(key: tuple[int, ...]) -> Iterator[None]:
    """Random state of all three libraries as a function of ``key``; restored afterwards.

    Without workers the pipeline shares its process with the network, whose own random numbers
    must not repeat with every item.
    """
    states = (random.getstate(), np.random.get_state(), torch.get_rng_state())
    seed_everything(key)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def seed_everything(key: tuple[int, ...]) -> int:
    """Seed Python, numpy and torch's CPU generator, which is all a worker may touch.

    Returns:
        The seed, 32 bits.
    """
    seed = int(np.random.SeedSequence(key).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)
    return seed
