"""Training samples of a config, drawn after augmentation, before packing."""

from bisect import bisect_right
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.registry import DATASETS, init_default_scope

from surgtools.errors import InputError
from surgtools.reports.pictures import batch_mosaic
from surgtools.taxonomy import SURGICAL


def training_mosaic(config: str | Path | Config, count: int = 24, seed: int = 0) -> np.ndarray:
    """Mosaic of random training samples.

    Args:
        config: a config file or a config; its training data must be there.
        count: how many samples.

    Returns:
        BGR picture; empty when the training set is.

    Raises:
        InputError: see ``dataset_mosaic``.
    """
    config = config if isinstance(config, Config) else Config.fromfile(config)
    return dataset_mosaic(build_training_set(config), count, seed)


def build_training_set(config: Config):
    """The dataset that a config trains on, with all its samples listed."""
    import surgtools.register  # noqa: F401

    init_default_scope(config.get("default_scope", "mmengine"))
    dataset = DATASETS.build(config.train_dataloader.dataset)
    dataset.full_init()
    return dataset


def dataset_mosaic(dataset, count: int = 24, seed: int = 0) -> np.ndarray:
    """Mosaic of random samples of a training set, as ``training_mosaic``.

    Raises:
        InputError: the dataset has no pipeline to look into, or reads no pictures.
    """
    chosen = np.random.default_rng(seed).permutation(len(dataset))[:count]
    samples = (_before_packing(dataset, int(index)) for index in chosen)
    shown = [sample for sample in samples if sample is not None]
    leaf = _leaf(dataset, 0)[0] if len(dataset) else dataset
    if shown and "img" not in shown[0]:
        raise InputError(f"a {type(leaf).__name__} reads no pictures, so none can be drawn")
    return batch_mosaic(shown, taxonomy=getattr(leaf, "taxonomy", SURGICAL))


def _before_packing(dataset, index: int) -> dict | None:
    """A sample as the last transform but one leaves it, ``None`` if augmentation discards it."""
    dataset, index = _leaf(dataset, index)
    if not hasattr(dataset, "pipeline"):
        raise InputError(f"a {type(dataset).__name__} has no pipeline whose samples can be drawn")
    sample = dataset.get_data_info(index)
    for transform in dataset.pipeline.transforms:
        if type(transform).__name__.startswith("Pack"):
            break
        sample = transform(sample)
        if sample is None:
            return None
    return sample


def _leaf(dataset, index: int) -> tuple:
    """The dataset whose pipeline makes a sample, below wrappers, and its position there."""
    if hasattr(dataset, "part_of"):  # SourceReplayDataset, of a floor above
        return _leaf(*dataset.part_of(index))
    if isinstance(dataset, ConcatDataset):
        part = bisect_right(dataset.cumulative_sizes, index)
        return _leaf(dataset.datasets[part], index - (0, *dataset.cumulative_sizes)[part])
    if isinstance(dataset, RepeatDataset):
        return _leaf(dataset.dataset, index % len(dataset.dataset))
    return dataset, index
