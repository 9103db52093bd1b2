"""Turn a training checkpoint into a model of the zoo: weights in half precision, one config."""

import inspect
from pathlib import Path, PurePath
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from surgtools.checkpoints import load_checkpoint
from surgtools.config_files import load_config
from surgtools.files import write_json, write_whole
from surgtools.zoo import ZOO


def release(
    config: str | Path,
    checkpoint: str | Path,
    alias: str,
    scores: dict[str, Any] | None = None,
    folder: str | Path = ZOO,
) -> list[Path]:
    """Write ``ALIAS.py``, ``ALIAS.pth`` and ``ALIAS.json`` to ``folder``.

    Optimizer, schedules and logs stay behind; what the checkpoint was made from goes along, with
    file names instead of paths. The JSON is that record with the scores, for readers.

    Args:
        config: the config that was trained.
        checkpoint: what training wrote; its averaged weights are those in ``state_dict``.
        scores: figures of ``surgtools test``, by set.

    Raises:
        InputError: config or checkpoint cannot be read.
    """
    folder = Path(folder)
    content = load_checkpoint(checkpoint)
    record = dict(content["meta"].get("surgtools", {}))
    record["data"] = [
        {**part, "ann_file": "/".join(PurePath(part["ann_file"]).parts[-3:])}
        for part in record.get("data", [])
    ]
    record["epochs"] = content["meta"].get("epoch")
    record["config"] = PurePath(config).name
    state = {name: to_half(value) for name, value in content["state_dict"].items()}
    paths = [folder / f"{alias}{suffix}" for suffix in (".py", ".pth", ".json")]
    with write_whole(paths[0]) as part:
        _what_runs(load_config(config)).dump(part)
    with write_whole(paths[1]) as part:
        torch.save({"state_dict": state, "meta": {"surgtools": record}}, part)
    write_json(paths[2], {"made_from": record, "scores": scores or {}}, indent=1)
    return paths


def _what_runs(config: Config) -> Config:
    """The config without the names that its files only built other entries from."""
    read = {"custom_imports", *inspect.signature(Runner).parameters}
    return Config({key: value for key, value in config.items() if key in read})


def to_half(value: torch.Tensor) -> torch.Tensor:
    """Half precision for what is floating point; counters stay as they are."""
    return value.half() if value.is_floating_point() else value
