"""Decide which taxonomy a training works on, before anything is built."""

from pathlib import Path

from mmengine.config import Config

from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.hosts.config_files import leaf_dataset_configs
from surgtools.hosts.config_taxonomy import set_taxonomy
from surgtools.hosts.metainfo_file import metainfo_file
from surgtools.taxonomy.in_configs import KEY, holds_values, to_taxonomy


def settle_taxonomy(config: Config, taxonomy_file: str | Path | None = None) -> list[str]:
    """Find the taxonomy of a training and put it into its config.

    The first of these counts: ``taxonomy_file``; ``taxonomy`` of the config, a file or plain
    values; ``metainfo=dict(from_file=...)`` of its training data, as the hosts have it; a
    taxonomy.yaml in the folder of the training data; the ``categories`` of the training data.

    Returns:
        One line for the user about each thing that was guessed.

    Raises:
        InputError: a file is broken, or it contradicts the data.
    """
    own = config.get(KEY)
    if taxonomy_file is None and holds_values(own):
        set_taxonomy(config, to_taxonomy(own))
        return []
    data, metainfo = _training_data(config)
    taxonomy, guesses = find_taxonomy(data, taxonomy_file or own or metainfo_file(metainfo))
    set_taxonomy(config, taxonomy)
    return [
        f"taxonomy {taxonomy.name!r}: {guess.part} of {guess.category} guessed from the names: "
        f"{guess.value}; `surgtools data taxonomy` writes a file to correct"
        for guess in guesses
    ]


def _training_data(config: Config) -> tuple[Path | None, dict | None]:
    """Dataset folder, or annotation file, of the first training set, and its metainfo."""
    loader = config.get("train_dataloader") or {}
    for dataset in leaf_dataset_configs(loader.get("dataset")):
        file = Path(dataset.get("data_root") or "", dataset["ann_file"])
        folder = file.parent.parent if file.parent.name == "train" else file
        return folder, dataset.get("metainfo")
    return None, None
