"""What one value of a COCO file is: an id, a number, a size, a name of a file, a mask."""

from collections.abc import Iterable

from surgtools.annotations.check.ids import TEXT_FROM
from surgtools.annotations.check.writable import find_unwritable

LARGEST = 1e300
"""Numbers from here on overflow when they are multiplied."""

MAX_PIXELS = 2**28
"""Pixels of the largest mask, as of the largest picture."""

_LONGEST_PART, _LONGEST_NAME = 255, 4000
"""Bytes in one part of a path, and in all of it, that file systems take."""


def is_id(value: object) -> bool:
    """Whether it is a whole number that fits 64 bits; true and false are none."""
    return type(value) is int and -(2**63) <= value < 2**63


def is_key(value: object) -> bool:
    """Whether a row can be named by it: a whole number, or text."""
    return isinstance(value, str) or type(value) is int and abs(value) < TEXT_FROM


def is_number(value: object) -> bool:
    """Whether it is a number that can be calculated with.

    Of a whole number beyond 64 bits an array makes an object, with which nothing calculates.
    """
    return type(value) is float and abs(value) < LARGEST or is_id(value)


def is_size(value: object) -> bool:
    return is_number(value) and value > 0


def is_name(value: object) -> bool:
    """Whether a file could be called so."""
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    if len(value) < _LONGEST_PART // 4:  # UTF-8 needs at most four bytes a letter
        return value.isascii() or _is_encodable(value)
    parts = value.encode(errors="replace").split(b"/")
    short = all(len(part) <= _LONGEST_PART for part in parts)
    return short and sum(map(len, parts)) <= _LONGEST_NAME and _is_encodable(value)


def is_segmentation(value: object) -> bool:
    """Whether it is nothing, polygons, or a run-length mask, compressed or not."""
    if value is None:
        return True
    if isinstance(value, list):
        return all(isinstance(p, list) and len(p) % 2 == 0 and are_numbers(p) for p in value)
    if not isinstance(value, dict):
        return False
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not _are_whole(size):
        return False
    if size[0] * size[1] > MAX_PIXELS:
        return False
    if not (isinstance(counts, str) or isinstance(counts, list) and _are_whole(counts)):
        return False
    return len(value) == 2 or find_unwritable(value) is None


def are_numbers(values: Iterable) -> bool:
    """Whether all are numbers that can be calculated with; text, lists and None are none."""
    return all(map(is_number, values))


def _is_encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _are_whole(values: list) -> bool:
    return set(map(type, values)) <= {int} and min(values, default=0) >= 0
