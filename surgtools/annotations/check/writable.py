"""Whether what a file holds can be written again, and how a value stands in a message."""

import math
from collections.abc import Iterable, Mapping

from surgtools.errors import InputError

_DEEPEST = 100
"""Lists in lists beyond this are no data set, and writing them again could fail."""


def are_finite(values: Iterable) -> bool:
    """Whether all are finite numbers; text, lists and None are none."""
    try:
        return all(map(math.isfinite, values))
    except (TypeError, OverflowError):  # no number, or a whole one beyond all floats
        return False


def find_unwritable(row: Mapping, known: Iterable[str] = ()) -> str | None:
    """Say which carried field cannot be written again: NaN, infinity, or lists without end.

    Args:
        row: an entry of a table, or the top level of a file.
        known: fields that other rules judge.

    Returns:
        One line for people that starts with the field, as in ``camera.fx is nan``; None when all
        is well.
    """
    for name, value in row.items():
        if type(value) in (int, str) or name in known:
            continue
        found = describe_unwritable(name, value)
        if found is not None:
            return found
    return None


def require_writable(row: Mapping, where: str) -> None:
    """Refuse a row that cannot be written again.

    Raises:
        InputError: starts with ``where`` and names the field.
    """
    found = find_unwritable(row)
    if found is not None:
        raise InputError(f"{where}: {found}; mend the file")


def shorten(value: object) -> str:
    """A value as it stands in a message, in 80 letters at most."""
    try:
        text = repr(value)
    except RecursionError:
        text = "nested too deeply"
    return text if len(text) <= 80 else f"{text[:77]}..."


def describe_unwritable(name: str, value: object) -> str | None:
    """What of the value of one field cannot be written again; None when all is well."""
    waiting = [(name, value, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        if depth > _DEEPEST:
            return f"{name:.60}... is nested too deeply; a plain value is expected"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{name} is {value}; a finite number is expected"
        if isinstance(value, dict):
            inner = [(f"{name}.{key}", each, depth + 1) for key, each in value.items()]
            waiting += reversed(inner)
        elif isinstance(value, list) and not are_finite(value):
            inner = [(f"{name}[{n}]", each, depth + 1) for n, each in enumerate(value)]
            waiting += reversed(inner)
    return None
