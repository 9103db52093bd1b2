"""Read checkpoints as plain data, without running their code, and check that they fit a model."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from surgtools.errors import InputError
from surgtools.hosts.compat.safe_loading import load_file, trust_checkpoints


def load_checkpoint(path: str | Path, trust: bool = False) -> dict[str, Any]:
    """Read a checkpoint of ours or of the hosts onto the CPU.

    Args:
        path: ``.pth`` file.
        trust: also accept files that can run code while they are read.

    Returns:
        With ``state_dict`` and ``meta`` (possibly empty).

    Raises:
        InputError: missing, cut off, unsafe, or without weights.
    """
    with trust_checkpoints(trust):
        content = load_file(str(path), map_location="cpu")
    if isinstance(content, dict) and "state_dict" not in content and _is_state(content):
        content = {"state_dict": content}
    if not isinstance(content, dict) or "state_dict" not in content:
        raise InputError(f"{path}: holds no `state_dict`; give a checkpoint that training wrote")
    if not isinstance(content["state_dict"], dict) or not _is_state(content["state_dict"]):
        raise InputError(f"{path}: its `state_dict` holds no weights; write the checkpoint again")
    meta = content.get("meta")
    return content | {
        "state_dict": _unwrapped(content["state_dict"]),
        "meta": meta if isinstance(meta, dict) else {},
    }


def load_weights(model: nn.Module, path: str | Path, trust: bool = False) -> dict[str, Any]:
    """Put a checkpoint's weights into a model that they must fit exactly.

    Modules may name ``optional_parts``: those the checkpoint was trained without are taken out of
    the model, which then answers as it did before they existed.

    Returns:
        The checkpoint.

    Raises:
        InputError: as ``load_checkpoint``, or the weights belong to another model or are no
            numbers.
    """
    checkpoint = load_checkpoint(path, trust)
    require_numbers(checkpoint["state_dict"], str(path))
    _take_out_untrained(model, checkpoint["state_dict"])
    require_fit(model, checkpoint["state_dict"], str(path))
    model.load_state_dict(checkpoint["state_dict"])
    return checkpoint


def require_fit(model: nn.Module, state: dict[str, Any], name: str) -> None:
    """Raise unless names and shapes of ``state`` are those of ``model``.

    Raises:
        InputError: with the first difference.
    """
    own, given = _weights(model.state_dict()), _weights(state)
    for key, value in own.items():
        if key not in given:
            raise InputError(f"{name}: `{key}` is missing; it belongs to another model or config")
        if value.shape != given[key].shape:
            raise InputError(
                f"{name}: `{key}` has shape {tuple(given[key].shape)}, the config makes "
                f"{tuple(value.shape)}; it belongs to another model or config"
            )
    extra = next((key for key in given if key not in own), None)
    if extra:
        raise InputError(f"{name}: `{extra}` is unknown; it belongs to another model or config")


def require_numbers(state: dict[str, Any], name: str) -> None:
    """Raise where a weight is NaN or infinite: such a network answers nothing, without a word.

    Raises:
        InputError: with the first such weight.
    """
    for key, value in state.items():
        if torch.is_tensor(value) and not torch.isfinite(value).all():
            raise InputError(
                f"{name}: `{key}` holds no numbers (NaN or infinite), so the network answers "
                "none; its training diverged, give an earlier checkpoint"
            )


def _take_out_untrained(model: nn.Module, state: dict[str, Any]) -> None:
    for name, module in model.named_modules():
        for part in getattr(module, "optional_parts", ()):
            prefix = f"{name}.{part}." if name else f"{part}."
            if not any(key.startswith(prefix) for key in state):
                setattr(module, part, None)


def _is_state(content: dict) -> bool:
    return bool(content) and all(
        isinstance(key, str) and hasattr(value, "shape") for key, value in content.items()
    )


_WRAPPERS = ("module.", "_orig_mod.")
"""Put before every name by ``DataParallel`` and its kind, and by ``torch.compile``."""


def _unwrapped(state: dict[str, Any]) -> dict[str, Any]:
    """Names as the bare model has them; averages of the hosts also count their steps."""
    for prefix in _WRAPPERS * 2:
        names = [name for name in state if name not in ("steps", "n_averaged")]
        if names and all(name.startswith(prefix) for name in names):
            state = {name.removeprefix(prefix): state[name] for name in names}
    return state


def _weights(state: dict[str, Any]) -> dict[str, Any]:
    """Without mean and standard deviation of the input, which are settings."""
    return {key: value for key, value in state.items() if "data_preprocessor." not in key}
