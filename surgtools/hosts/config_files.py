"""Read a config, override it, and point every dataloader at one data folder."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmengine.config import Config, ConfigDict, DictAction

from surgtools.configs import find_config
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_taxonomy import config_taxonomy
from surgtools.hosts.stored_config import stored_config

DATALOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")


def load_config(
    path: str | Path, options: Sequence[str] | None = None, data_root: str | Path | None = None
) -> Config:
    """Read a config file of surgtools or of the hosts.

    Args:
        path: the file, or the name of a config of the package, see ``find_config``.
        options: ``KEY=VALUE`` strings as the hosts' ``--cfg-options`` takes them. A bare
            ``data_root=DIR`` does what ``data_root`` does; the hosts would change a variable
            that no dataloader looks at any more.
        data_root: dataset folder for every dataset of every dataloader.

    Raises:
        InputError: the file is missing or broken, or an option is not ``KEY=VALUE``.
    """
    overrides = parse_options(options)
    data_root = data_root or overrides.get("data_root")
    name, path = path, find_config(path)
    if path is None:
        raise InputError(f"{name}: no such config; see configs/detection and configs/pose")
    try:
        if path.suffix == ".pth":
            config = stored_config(load_checkpoint(path), str(path))
        else:
            config = Config.fromfile(path)
        config.merge_from_dict(overrides)
    except InputError:
        raise
    except Exception as error:  # a config is a program: it can fail in every way
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(
            f"{path}: the config cannot be read ({type(error).__name__}: {reason}); mend the file "
            "or the --cfg-options"
        ) from error
    if data_root:
        set_data_root(config, data_root)
    return config


def parse_options(options: Sequence[str] | None) -> dict:
    """``KEY=VALUE`` strings as a dict, values read as the hosts read them."""
    for option in options or ():
        if "=" not in option:
            raise InputError(f"--cfg-options {option}: KEY=VALUE is expected")
    parsed = argparse.Namespace()
    DictAction(["--cfg-options"], "options")(None, parsed, options)
    return parsed.options


def set_data_root(config: Config, data_root: str | Path) -> None:
    """Point every dataset of every dataloader at one folder, also below wrappers."""
    for name in DATALOADERS:
        for dataset in leaf_dataset_configs((config.get(name) or {}).get("dataset")):
            dataset["data_root"] = str(data_root)


def leaf_dataset_configs(dataset: ConfigDict | list | None) -> Iterator[ConfigDict]:
    """Dataset settings with an annotation file, below wrappers that repeat or join them."""
    if isinstance(dataset, list | tuple):
        for part in dataset:
            yield from leaf_dataset_configs(part)
    elif dataset:
        if "ann_file" in dataset:
            yield dataset
        yield from leaf_dataset_configs(dataset.get("dataset"))
        yield from leaf_dataset_configs(dataset.get("datasets"))


def require_classes(config: Config) -> None:
    """Make sure that a network answers for the categories and keypoints of its taxonomy.

    The hosts take a label beyond the last class for background, and train on.

    Raises:
        InputError: the config counts others.
    """
    taxonomy = config_taxonomy(config)
    for part, key, count, what in (
        ("bbox_head", "num_classes", len(taxonomy.categories), "categories"),
        ("head", "out_channels", taxonomy.num_slots, "keypoints"),
    ):
        given = (config.model.get(part) or {}).get(key)
        if given not in (None, count):
            raise InputError(
                f"{config.filename}: model.{part}.{key} is {given}, the taxonomy "
                f"{taxonomy.name!r} defines {count} {what}; leave it out or set it to {count}"
            )
