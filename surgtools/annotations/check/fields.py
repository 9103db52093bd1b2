"""The table of what each field of a COCO file may hold.

``load_coco``, ``data check`` and every converter judge the fields of a row by this table alone.
Fields that are not in it are carried along; they may hold anything that JSON can say, and NaN and
infinity are no JSON.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from surgtools.annotations.check.ids import TEXT_FROM
from surgtools.errors import InputError

LARGEST = 1e300
"""Numbers from here on overflow when they are multiplied."""

MAX_PIXELS = 2**28
"""Pixels of the largest mask, as of the largest picture."""

_DEEPEST = 100
"""Lists in lists beyond this are no data set, and writing them again could fail."""

_LONGEST_PART, _LONGEST_NAME = 255, 4000
"""Bytes in one part of a path, and in all of it, that file systems take."""


class FieldRule(NamedTuple):
    """What one field may hold.

    Attributes:
        code: key of ``KINDS``, for a value that breaks the rule.
        is_sound: says whether a value keeps it.
        expected: completes "... is expected" for people.
        needed: whether the field must be there.
    """

    code: str
    is_sound: Callable[[Any], bool]
    expected: str
    needed: bool = False


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


def are_finite(values: Iterable) -> bool:
    """Whether all are finite numbers; text, lists and None are none."""
    try:
        return all(map(math.isfinite, values))
    except (TypeError, OverflowError):  # no number, or a whole one beyond all floats
        return False


_ID = FieldRule("annotation-entry", is_key, "a whole number or text", needed=True)

IMAGE_FIELDS: dict[str, tuple[FieldRule, ...]] = {
    "id": (FieldRule("image-entry", is_key, "a whole number or text", needed=True),),
    "file_name": (FieldRule("image-entry", is_name, "the name of a picture", needed=True),),
    "width": (FieldRule("image-entry", is_size, "a number of pixels above 0", needed=True),),
    "height": (FieldRule("image-entry", is_size, "a number of pixels above 0", needed=True),),
    "layer": (
        FieldRule(
            "image-entry",
            lambda value: value is None or is_name(value),
            "the name of a picture",
        ),
    ),
    "video_id": (
        FieldRule(
            "image-entry",
            lambda value: value is None or is_key(value),
            "a whole number or text",
        ),
    ),
    "frame_id": (
        FieldRule("image-entry", lambda value: value is None or is_id(value), "a whole number"),
    ),
}
"""The rules of an entry of ``images``, field by field; the first that is broken counts."""

ANNOTATION_FIELDS: dict[str, tuple[FieldRule, ...]] = {
    "id": (_ID,),
    "image_id": (_ID,),
    "bbox": (
        FieldRule(
            "annotation-entry",
            lambda value: isinstance(value, list) and len(value) == 4,
            "[x, y, width, height]",
            needed=True,
        ),
        FieldRule("number", are_numbers, "four finite numbers"),
    ),
    "keypoints": (
        FieldRule(
            "annotation-entry", lambda value: isinstance(value, list), "a list", needed=True
        ),
        FieldRule("number", are_numbers, "a list of finite numbers"),
    ),
    "area": (
        FieldRule(
            "annotation-entry",
            lambda value: is_number(value) and value >= 0,
            "a number from 0 on",
        ),
    ),
    "iscrowd": (FieldRule("annotation-entry", lambda value: value in (0, 1), "0 or 1"),),
    "segmentation": (
        FieldRule(
            "annotation-entry",
            is_segmentation,
            "[[x, y, ...], ...] or a mask with size and counts",
        ),
    ),
    "track_id": (
        FieldRule(
            "annotation-entry",
            lambda value: value is None or is_key(value),
            "a whole number or text",
        ),
    ),
    "num_keypoints": (
        FieldRule(
            "number",
            lambda value: _find_unwritable("num_keypoints", value) is None,
            "a finite number",
        ),
    ),
    "score": (FieldRule("number", is_number, "a finite number"),),
    "certain_left_right": (
        FieldRule("annotation-entry", lambda value: value in (0, 1), "true or false"),
    ),
}
"""The rules of an entry of ``annotations``; ``category_id`` and the number of keypoints depend on
the file's categories, see ``row_arrays``."""


class Breach(NamedTuple):
    """One field that breaks a rule: the code in ``KINDS``, and one line for people."""

    code: str
    message: str


def field_faults(row: Mapping, rules: Mapping[str, tuple[FieldRule, ...]]) -> Iterator[Breach]:
    """Yield what is wrong with the fields of a row, carried ones included."""
    for name, steps in rules.items():
        if name not in row:
            if steps[0].needed:
                text = f"{name} is missing; {steps[0].expected} is expected"
                yield Breach(steps[0].code, text)
            continue
        for rule in steps:
            if not rule.is_sound(row[name]):
                text = f"{name} {shorten(row[name])}; {rule.expected} is expected"
                yield Breach(rule.code, text if steps[0].needed else f"{text}, or no {name}")
                break
    carried = find_unwritable(row, rules)
    if carried is not None:
        yield Breach("number", carried)


def all_sound(
    rows: list[dict],
    rules: Mapping[str, tuple[FieldRule, ...]],
    judged: Iterable[str] = (),
) -> bool:
    """Whether ``field_faults`` finds nothing in any of the rows, many times quicker.

    Equal values of a field are judged once.

    Args:
        judged: further fields, which the caller has looked at.
    """
    for name, steps in rules.items():
        column = [row[name] for row in rows if name in row]
        if steps[0].needed and len(column) < len(rows):
            return False
        if not all(all(map(rule.is_sound, _distinct(column))) for rule in steps):
            return False
    known = {*rules, *judged}
    return not any(row.keys() - known and find_unwritable(row, known) for row in rows)


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
        found = _find_unwritable(name, value)
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


def _distinct(column: list) -> list:
    try:
        return [value for _, value in set(zip(map(type, column), column, strict=True))]
    except TypeError:  # lists and objects have no hash
        return column


def _find_unwritable(name: str, value: object) -> str | None:
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


def _is_encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _are_whole(values: list) -> bool:
    return set(map(type, values)) <= {int} and min(values, default=0) >= 0
