"""What a checkpoint was made from, in sections a person can read."""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import torch

from surgtools.errors import InputError
from surgtools.files import sha256_of
from surgtools.hosts.checkpoints import load_checkpoint

Sections = dict[str, dict[str, str]]

BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
"""What batch normalization stores beside its parameters."""


def read_provenance(checkpoint: str | Path, trust: bool = False) -> Sections:
    """Sections of ``describe_checkpoint`` for a checkpoint file.

    Raises:
        InputError: see ``checkpoints.load_checkpoint``.
    """
    content = load_checkpoint(checkpoint, trust)
    return {"file": file_facts(checkpoint), **describe_checkpoint(content)}


def estimate_parameters(state: Mapping[str, Any]) -> int:
    """Count of learnable numbers; a layer that is stored under several names counts once.

    RTMDet's head convolutions are stored once per level, as tensors of their own as soon as
    precision or device changed. So layers with a matrix or kernel are one where all they hold is
    equal; those without are never one, because normalization layers start out alike.

    Args:
        state: name to tensor, of any shape and type; an empty one gives 0.
    """
    layers: dict[str, dict[str, torch.Tensor]] = defaultdict(dict)
    for name, value in state.items():
        layer, _, own = name.rpartition(".")
        if own not in BUFFERS and "data_preprocessor" not in layer and torch.is_tensor(value):
            layers[layer][own] = value
    counts = {
        _identity(layer, tensors): sum(value.numel() for value in tensors.values())
        for layer, tensors in layers.items()
    }
    return sum(counts.values())


def file_facts(checkpoint: str | Path) -> dict[str, str]:
    """Path, size and hash of the file."""
    path = Path(checkpoint)
    return {
        "path": str(path),
        "size": f"{path.stat().st_size / 2**20:.1f} MiB",
        "sha256": sha256_of(path),
    }


def last_checkpoint(folder: str | Path) -> Path | None:
    """The newest checkpoint of a work folder; ``None`` when it has none."""
    files = [path for path in Path(folder).glob("*.pth") if not path.name.startswith(".")]
    files.sort(key=lambda path: path.stat().st_mtime)
    return files[-1] if files else None


def run_facts(folder: str | Path) -> Sections:
    """Sections of the newest checkpoint of a work folder; empty when there is none to read."""
    checkpoint = last_checkpoint(folder)
    if checkpoint is None:
        return {}
    try:
        return read_provenance(checkpoint)
    except InputError:
        return {}


def describe_checkpoint(checkpoint: Mapping[str, Any]) -> Sections:
    """Training state, origin, packages and data of a loaded checkpoint.

    Sections that the checkpoint says nothing about are left out; ``meta.surgtools`` is written
    by ``ProvenanceHook``, ``epochs`` and ``config`` in it by ``zoo.release``. Without the model's
    own count of parameters they are estimated.
    """
    meta = checkpoint.get("meta") or {}
    facts = meta.get("surgtools") or {}
    parameters = facts.get("parameters") or estimate_parameters(checkpoint["state_dict"])
    git = {"git": facts["git"] or "unknown"} if "git" in facts else {}
    sections: Sections = {
        "training": _texts(
            {
                "epoch": meta.get("epoch"),
                "iteration": meta.get("iter"),
                "epochs": facts.get("epochs"),
                "config": facts.get("config"),
                "experiment": meta.get("experiment_name"),
                "saved": meta.get("time"),
                "parameters": f"{parameters:,}",
            }
        ),
        "origin": _texts(
            {"surgtools": facts.get("surgtools")}
            | git
            | {key: facts.get(key) for key in ("seed", "started", "command")}
        ),
        "environment": _texts(
            {
                "python": facts.get("python"),
                "platform": facts.get("platform"),
                **facts.get("packages", {}),
            }
        ),
    }
    mean_of = enumerate(facts.get("mean_of", ()), start=1)
    sections["mean of"] = {f"checkpoint {number}": file for number, file in mean_of}
    for number, data in enumerate(facts.get("data", ()), start=1):
        sections[f"data {number}"] = _texts(data)
    return {name: rows for name, rows in sections.items() if rows}


def config_text(checkpoint: Mapping[str, Any]) -> str | None:
    """The config the host stored, ``None`` when there is none."""
    return (checkpoint.get("meta") or {}).get("cfg")


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items() if value not in (None, "")}


def _identity(layer: str, tensors: Mapping[str, torch.Tensor]) -> Hashable:
    if all(value.ndim < 2 for value in tensors.values()):
        return layer
    return tuple((own, tuple(value.shape), _digest(value)) for own, value in tensors.items())


def _digest(value: torch.Tensor) -> bytes:
    raw = value.detach().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(raw.numpy()).digest()
