"""Make one random generator per sample, seeded by the host's seed of the worker."""

import numpy as np


def worker_rng() -> np.random.Generator:
    """A generator that follows MMEngine's ``worker_init_fn`` (it seeds ``np.random``)."""
    return np.random.default_rng(np.random.randint(2**32, dtype=np.uint64))
