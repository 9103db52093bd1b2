"""Items repeat with seed, epoch and index, and with nothing else."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from surgtools.datasets.seeded_items import SeededItems, seeded


class Draws(Dataset):
    """Item i is i and one draw of each library."""

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return torch.tensor([index, np.random.random(), random.random(), torch.rand(1).item()])


class SeededDraws(SeededItems, Draws):
    pass


def items(dataset, **settings):
    return torch.cat(list(DataLoader(dataset, batch_size=2, **settings)))


def draws(epoch, seed=5):
    dataset = SeededDraws()
    dataset.set_epoch(seed, epoch)
    return items(dataset)


def test_items_repeat():
    assert torch.equal(draws(3), draws(3))


def test_items_differ_by_epoch_seed_and_index():
    first = draws(3)
    for other in (draws(4), draws(3, seed=6), first.roll(1, 0)):
        assert (first[:, 1:] != other[:, 1:]).all()


def test_workers_see_the_epoch_and_draw_the_same():
    dataset = SeededDraws()
    dataset.set_epoch(5, 0)
    loader = DataLoader(dataset, batch_size=2, num_workers=2, persistent_workers=True)
    for epoch in range(2):
        dataset.set_epoch(5, epoch)
        assert torch.equal(torch.cat(list(loader)), draws(epoch))


def test_without_an_epoch_items_follow_the_process():
    assert (items(SeededDraws())[:, 1:] != items(SeededDraws())[:, 1:]).all()


def test_the_process_draws_on_as_if_nothing_had_been():
    def draw():
        return [np.random.random(), random.random(), torch.rand(1).item()]

    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    expected = draw()
    random.setstate(states[0]), np.random.set_state(states[1]), torch.set_rng_state(states[2])
    with seeded((1, 2)):
        inside = draw()
    assert draw() == expected
    assert inside != expected
