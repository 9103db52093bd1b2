"""Checkpoints of MMEngine load with ``weights_only=True``; nothing else is unpickled by itself.

MMEngine's own loader falls back to full unpickling, which runs code of the file, after a warning.
Here a file that needs it is refused unless the user said to trust it.
"""

import copyreg
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import mmengine.runner.checkpoint as host
import numpy as np
import torch
from mmengine.logging.history_buffer import HistoryBuffer

from surgtools.errors import InputError

_trusted: ContextVar[bool] = ContextVar("surgtools_trust_checkpoints", default=False)


def safe_globals() -> list[Any]:
    """What the hosts' checkpoints hold beside tensors: log buffers and small numpy arrays.

    None of these runs code of the file. numpy moved its C module, so that both names occur.
    """
    reconstruct: Callable = np.zeros(0).__reduce__()[0]
    scalar: Callable = np.float64(0).__reduce__()[0]
    return [
        HistoryBuffer,
        (_history_method, "builtins.getattr"),
        (_no_bytes, "builtins.bytes"),
        OrderedDict,
        defaultdict,
        np.ndarray,
        np.dtype,
        copyreg._reconstructor,
        object,
        *{type(np.dtype(code)) for code in "?bBhHiIlLqQefdSU"},
        *((reconstruct, f"{package}.multiarray._reconstruct") for package in _NUMPY_CORES),
        *((scalar, f"{package}.multiarray.scalar") for package in _NUMPY_CORES),
    ]


_NUMPY_CORES = ("numpy.core", "numpy._core")


def _history_method(owner: type, name: str) -> Callable:
    """Stands for ``getattr``, with which log buffers name their statistics, and for that only."""
    methods = HistoryBuffer()._statistics_methods  # filled by the first instance
    if owner is not HistoryBuffer or name not in methods:
        raise UnpicklingError(f"GLOBAL builtins.getattr({owner!r}, {name!r}) is not allowed")
    return methods[name]


def _no_bytes() -> bytes:
    """Stands for ``bytes``, which pickle names for an empty array, and takes no size to fill.

    A skeleton without lines has such an array of colors.
    """
    return b""


@contextmanager
def trust_checkpoints(trust: bool = True) -> Iterator[None]:
    """Within the block, files that can run code are loaded when ``trust`` is true.

    Trust given outside of the block holds inside, too.
    """
    token = _trusted.set(trust or _trusted.get())
    try:
        yield
    finally:
        _trusted.reset(token)


def is_trusting() -> bool:
    """Whether this is within ``trust_checkpoints``."""
    return _trusted.get()


def load_file(file: Any, map_location: Any = None, weights_only: bool | None = None) -> Any:
    """``torch.load`` that never runs code of the file unless the user trusts it.

    torch answers other pickles and text with advice to switch its safety off, or with a number;
    here they are named.

    Args:
        file: path or open binary file.
        map_location: see ``torch.load``.
        weights_only: kept for MMEngine's signature; trust alone decides.

    Raises:
        InputError: missing, cut off, no checkpoint, or it would run code.
    """
    try:
        return torch.load(file, map_location=map_location, weights_only=not _trusted.get())
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such checkpoint file; check the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{file}: is a folder; name a checkpoint in it, a .pth file") from error
    except Exception as error:  # torch raises half a dozen types for files that are no checkpoint
        if isinstance(error, UnpicklingError) and "GLOBAL " in str(error):
            raise InputError(
                f"{_name(file)}: loading this checkpoint would run code stored in it "
                f"({_first_global(str(error))}); add --trust-checkpoint if you trust its author"
            ) from error
        raise InputError(
            f"{_name(file)}: not a readable checkpoint ({_reason(file, error)}); the file may be "
            "cut off or of another kind, give a .pth file that training wrote"
        ) from error


def install() -> None:
    """Allow the hosts' harmless types and replace MMEngine's loader."""
    torch.serialization.add_safe_globals(safe_globals())
    host._safe_torch_load = load_file


def _reason(file: Any, error: Exception) -> str:
    if isinstance(file, str | Path) and not isinstance(error, OSError):
        other = _other_kind(Path(file))
        if other:
            return f"it is {other}"
    return (str(error).splitlines() or [type(error).__name__])[0].split(". ")[0]


def _other_kind(path: Path) -> str:
    """What a file is that ``torch.save`` did not write; "" for one it may have written."""
    with path.open("rb") as file:
        start = file.read(512)
    before_1_6 = torch.serialization.MAGIC_NUMBER.to_bytes(10, "little")
    if start.startswith(b"PK") or before_1_6 in start:
        return ""
    if not start:
        return "empty"
    if start.startswith(b"\x80"):
        return "a pickle that torch.save did not write"
    return "a file of another kind" if b"\0" in start else "text"


def _name(file: Any) -> str:
    return str(file) if isinstance(file, str | Path) else getattr(file, "name", "checkpoint")


def _first_global(message: str) -> str:
    words = message.split("GLOBAL ", 1)
    return words[1].split()[0] if len(words) == 2 else "an object torch does not know"
