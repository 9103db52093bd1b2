"""Turn a training checkpoint into a model of the zoo: config, halved weights and record."""

import os
import re
from pathlib import Path, PurePath
from typing import Any

import torch
from mmengine.config import Config

from surgtools.configs import find_config
from surgtools.errors import InputError
from surgtools.files import write_json, write_whole
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config
from surgtools.zoo import ZOO

FOLDERS = re.compile(r"(?<![^\s'\"=(\[,])/(?:[^/\s'\",]+/)*(?=[^/\s'\",])")
"""The folders of an absolute path in a command or a config, down to its last part."""


def release(
    config: str | Path,
    checkpoint: str | Path,
    alias: str,
    scores: dict[str, Any] | None = None,
    folder: str | Path = ZOO,
    *,
    without_git: bool = False,
) -> list[Path]:
    """Write ``ALIAS.py``, ``ALIAS.pth`` and ``ALIAS.json`` to ``folder``.

    Optimizer, schedules and logs stay behind; what the checkpoint was made from goes along, with
    file names instead of absolute paths; so does the text of the config that was trained, with
    all its overrides. The JSON is that record with the scores, for readers.

    Args:
        config: the config that was trained: one of ``surgtools/configs``, or what a training wrote
            of it to its work folder.
        checkpoint: what training wrote; its averaged weights are those in ``state_dict``.
        scores: figures of ``surgtools test``, by set.
        without_git: also take a checkpoint that does not say which code trained it.

    Raises:
        InputError: config or checkpoint cannot be read, the package has no such config, or the
            checkpoint has no git state.
    """
    folder = Path(folder)
    whole = load_config(config)
    own = _shipped_config(whole)
    content = load_checkpoint(checkpoint)
    record = dict(content["meta"].get("surgtools", {}))
    if not record.get("git") and not without_git:
        raise InputError(
            f"{checkpoint}: has no git state, so nobody can tell which code trained it; train in "
            "a git checkout, or release it with --without-git"
        )
    record["data"] = [
        {**part, "ann_file": "/".join(PurePath(part["ann_file"]).parts[-3:])}
        for part in record.get("data", [])
    ]
    if "command" in record:
        record["command"] = FOLDERS.sub("", record["command"])
    record["epochs"] = content["meta"].get("epoch")
    record["config"] = PurePath(config).name
    state = {name: to_half(value) for name, value in content["state_dict"].items()}
    paths = [folder / f"{alias}{suffix}" for suffix in (".py", ".pth", ".json")]
    text = FOLDERS.sub("", content["meta"].get("cfg") or whole.pretty_text)
    with write_whole(paths[0]) as part:
        base = os.path.relpath(own, folder)
        Path(part).write_text(f'_base_ = "{PurePath(base).as_posix()}"\n', encoding="utf-8")
    with write_whole(paths[1]) as part:
        torch.save({"state_dict": state, "meta": {"cfg": text, "surgtools": record}}, part)
    write_json(paths[2], {"made_from": record, "scores": scores or {}}, indent=1)
    return paths


def _shipped_config(config: Config) -> Path:
    """The config of the package with this name, which builds and feeds the same network."""
    own = find_config(Path(config.filename).name)
    shipped = own and load_config(own)
    if not shipped or any(part(shipped) != part(config) for part in (_network, _test_pipeline)):
        raise InputError(
            f"{config.filename}: no config of surgtools/configs has this name and network; put it "
            "there first, a released model inherits from it"
        )
    return own


def _network(config: Config) -> Any:
    return config.model


def _test_pipeline(config: Config) -> Any:
    return config.test_dataloader.dataset.pipeline


def to_half(value: torch.Tensor) -> torch.Tensor:
    """Half precision for what is floating point, counters as they are; in plain order.

    A training on a CPU leaves weights channels last. The graph of a network reads the bytes of
    its checkpoint, where only the plain order will do.
    """
    return (value.half() if value.is_floating_point() else value).contiguous()
