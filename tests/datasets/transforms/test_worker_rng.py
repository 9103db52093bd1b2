"""Transforms repeat when the host seeds its worker."""

import numpy as np

from surgtools.datasets.transforms.worker_rng import worker_rng


def test_follows_the_global_seed():
    np.random.seed(5)
    first = worker_rng().random()
    second = worker_rng().random()
    np.random.seed(5)
    assert worker_rng().random() == first
    assert first != second
