"""What a checkpoint was made from, in sections a person can read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surgtools.checkpoints import load_checkpoint
from surgtools.errors import InputError

Sections = dict[str, dict[str, str]]


def read_provenance(checkpoint: str | Path, trust: bool = False) -> Sections:
    """Sections of ``describe`` for a checkpoint file.

    Raises:
        InputError: see ``checkpoints.load_checkpoint``.
    """
    content = load_checkpoint(checkpoint, trust)
    return {"file": file_facts(checkpoint), **describe(content)}


def file_facts(checkpoint: str | Path) -> dict[str, str]:
    """Path, size and hash of the file."""
    path = Path(checkpoint)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "path": str(path),
        "size": f"{path.stat().st_size / 2**20:.1f} MiB",
        "sha256": digest,
    }


def last_checkpoint(folder: str | Path) -> Path | None:
    """The newest checkpoint of a work folder; ``None`` when it has none."""
    files = sorted(Path(folder).glob("*.pth"), key=lambda path: path.stat().st_mtime)
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


def describe(checkpoint: Mapping[str, Any]) -> Sections:
    """Training state, origin, packages and data of a loaded checkpoint.

    Sections that the checkpoint says nothing about are left out; ``meta.surgtools`` is written
    by ``ProvenanceHook``.
    """
    meta = checkpoint.get("meta") or {}
    facts = meta.get("surgtools") or {}
    state = checkpoint["state_dict"]
    sections: Sections = {
        "training": _texts(
            {
                "epoch": meta.get("epoch"),
                "iteration": meta.get("iter"),
                "experiment": meta.get("experiment_name"),
                "saved": meta.get("time"),
                "parameters": f"{sum(value.numel() for value in state.values()):,}",
            }
        ),
        "origin": _texts(
            {key: facts.get(key) for key in ("surgtools", "git", "seed", "started", "command")}
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
