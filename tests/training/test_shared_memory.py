"""Workers whose batches would not fit into shared memory are left out."""

import random

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from torch.utils.data import DataLoader, Dataset

from surgtools.training import shared_memory
from surgtools.training.shared_memory import count_workers, use_fitting_workers

MB = 2**20


class Pictures(Dataset):
    """Each sample is 1 MB of pixels and a few labels; drawing one uses random numbers."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict:
        random.random(), np.random.rand(), torch.rand(1)
        labels = InstanceData(bboxes=torch.zeros(2, 4))
        return {"inputs": torch.zeros(MB, dtype=torch.uint8), "data_samples": [labels, "name"]}


@pytest.mark.parametrize(
    ("asked", "batch", "free", "workers"),
    [
        (6, 16 * MB, 64 * MB, 0),  # 0.4 * 64 = 25.6 MB hold one batch, the one in use
        (6, 4 * MB, 64 * MB, 2),  # six batches: one in use, two of each of two workers
        (6, 1 * MB, 64 * MB, 6),
        (6, 0, 64 * MB, 6),
        (6, 1 * MB, 0, 0),
    ],
)
def test_as_many_workers_as_fit(asked, batch, free, workers):
    assert count_workers(asked, 2, batch, free) == workers


def loader(free, monkeypatch, workers=6):
    monkeypatch.setattr(shared_memory, "free_bytes", lambda: free)
    made = DataLoader(Pictures(), batch_size=4, num_workers=workers, collate_fn=list)
    use_fitting_workers(made)
    return made


def test_little_memory_lowers_the_number_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(
        shared_memory, "print_log", lambda text, **options: print(text, options["level"])
    )
    made = loader(64 * MB, monkeypatch)
    assert made.num_workers == 2
    assert "/dev/shm has room for 64 MB: 2 instead of 6 workers" in capsys.readouterr().out
    assert len(list(loader(1 * MB, monkeypatch))) == 2  # without any worker it still reads


def test_much_memory_or_none_of_this_kind_changes_nothing(monkeypatch):
    assert loader(shared_memory.PLENTY, monkeypatch).num_workers == 6
    assert loader(None, monkeypatch).num_workers == 6


def test_no_random_number_is_used_up(monkeypatch):
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    expected = draw()
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    loader(64 * MB, monkeypatch)
    assert draw() == expected
