"""What the results of a run depend on: settings, and the content of every file they name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surgtools import __version__
from surgtools.files import sha256_of
from surgtools.prediction.models import Models


def run_key(settings: Mapping[str, Any], models: Models) -> dict[str, Any]:
    """As JSON can hold it; two runs with the same answer may share their parts.

    Args:
        settings: by name; those that change no result left out.
        models: the networks; where their files lie is of no matter.
    """
    networks = {}
    for role, name in models.to_dict().items():
        path = Path(name)
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        networks[role] = [sha256_of(file) for file in files]
    named = {name: _state(value) for name, value in settings.items()}
    return {"surgtools": __version__, "networks": networks, **named}


def _state(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_state(each) for each in value]
    if isinstance(value, str | Path) and Path(value).is_file():
        return f"{value} {sha256_of(value)}"
    return value if isinstance(value, bool | int | float | str | None) else str(value)
