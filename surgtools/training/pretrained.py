"""Start a training from the hosts' own weights of the recipe that its config builds on."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import MODELS, init_default_scope

from surgtools import zoo
from surgtools.configs import find_config
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.downloads import fetch
from surgtools.hosts.explained_errors import building

AUTO = "auto"
"""In the place of a file: the weights that the hosts name for the recipe."""


def start_pretrained(
    config: Config,
    name: str | Path,
    file: str,
    tell: Callable[[str], None] = print,
) -> None:
    """Let a training start from pretrained weights; ``load_from`` of the config is set.

    Args:
        config: as read.
        name: what it was read from, see ``find_config``.
        file: a checkpoint, the alias of a model of the package, or ``AUTO``.
        tell: takes one line about the download, and one about what is taken.

    Raises:
        InputError: the config starts from other weights already, its recipe has none, or the
            file cannot be had.
    """
    if config.get("load_from"):
        raise InputError(
            f"--pretrained: the config starts from {config.load_from} already; leave one of the "
            "two out"
        )
    if file == AUTO:
        address = weights_address(base_recipe(name), str(name))
        tell(f"pretrained weights: {address}")
        file = str(fetch(address))
    elif file in zoo.aliases():
        file = str(zoo.ZOO / f"{file}.pth")
    state = load_checkpoint(file)["state_dict"]
    with building(config):
        init_default_scope(config.get("default_scope", "mmpose"))
        model = MODELS.build(config.model)
    tell(f"{Path(file).name}: {what_is_taken(model.state_dict(), state)}")
    config.load_from = file


def base_recipe(name: str | Path) -> str | None:
    """The hosts' recipe that a config builds on, such as ``mmdet::rtmdet/NAME.py``; or None."""
    path = find_config(name)
    if path is None or path.suffix != ".py":
        return None
    # `_base_` is gone from a config that has been read; the host finds it in the file
    for base in Config._get_base_files(str(path)):
        if "::" in base:
            return base
        found = base_recipe(base if Path(base).is_absolute() else path.parent / base)
        if found:
            return found
    return None


def weights_address(recipe: str | None, name: str) -> str:
    """Where the hosts keep the weights of a recipe, as their installed lists say.

    Raises:
        InputError: there is no recipe, or it has no weights.
    """
    instead = "give a file with --pretrained FILE"
    if recipe is None:
        raise InputError(f"{name}: builds on no recipe of MMPose or MMDetection; {instead}")
    try:
        address = get_config(recipe, pretrained=True).model_path
    except Exception as error:  # the hosts' hub raises what comes up
        raise InputError(
            f"{name}: the hosts name no weights for {recipe} ({error}); {instead}"
        ) from error
    return address


def what_is_taken(network: Mapping[str, Any], stored: Mapping[str, Any]) -> str:
    """One line: the share of a network's values that a file fills, and what starts new.

    Args:
        network: names and tensors of the network.
        stored: of the file.
    """
    total = sum(value.numel() for value in network.values())
    new = {
        name: value
        for name, value in network.items()
        if name not in stored or tuple(stored[name].shape) != tuple(value.shape)
    }
    taken = 1 - sum(value.numel() for value in new.values()) / max(total, 1)
    line = f"fills {taken:.0%} of the network's {total / 1e6:.2f} million values"
    if not new:
        return line
    parts = Counter(".".join(key.split(".")[:2]) for key in new)
    names = ", ".join(f"{part} ({count} tensors)" for part, count in parts.items())
    return f"{line}; new: {names}"
