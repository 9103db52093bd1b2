"""Turn errors of the hosts and of dataloader workers into one line that a user can read."""

from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.config import Config

from surgtools.errors import InputError

_BUILD_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What hosts and torch raise at a setting they cannot use."""


@contextmanager
def building(config: Config, part: str = "the config") -> Iterator[None]:
    """Say in one line that a config does not make a network, a dataset or a schedule."""
    try:
        yield
    except InputError:
        raise
    except _BUILD_ERRORS as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{config.filename}: {part} cannot be built ({type(error).__name__}: {reason})"
        ) from error


@contextmanager
def readable_errors() -> Iterator[None]:
    """Reduce an ``InputError`` that a dataloader worker sent, with its traceback, to its line."""
    try:
        yield
    except InputError as error:
        raise InputError(first_line(str(error))) from error


def first_line(message: str) -> str:
    """The message of the last ``InputError`` in a worker's traceback, or the message itself."""
    marker = f"{InputError.__module__}.{InputError.__name__}: "
    return message.rsplit(marker, 1)[-1].strip()
