"""Datasets and transforms of all networks, registered with their host."""

import surgtools.hosts.compat  # noqa: F401  (before any host)
from surgtools.datasets import transforms
from surgtools.datasets.composed_det_dataset import ComposedDetDataset
from surgtools.datasets.instrument_dataset import InstrumentDataset
from surgtools.datasets.instrument_det_dataset import InstrumentDetDataset
from surgtools.datasets.instrument_lifting_dataset import InstrumentLiftingDataset

__all__ = [
    "ComposedDetDataset",
    "InstrumentDataset",
    "InstrumentDetDataset",
    "InstrumentLiftingDataset",
    "transforms",
]
