"""The table of what each field of a COCO file may hold.

``load_coco``, ``data check`` and every converter judge the fields of a row by this table alone.
Fields that are not in it are carried along; they may hold anything that JSON can say, and NaN and
infinity are no JSON.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from surgtools.annotations.check.field_values import (
    are_numbers,
    is_id,
    is_key,
    is_name,
    is_number,
    is_segmentation,
    is_size,
)
from surgtools.annotations.check.writable import describe_unwritable, find_unwritable, shorten


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
            lambda value: describe_unwritable("num_keypoints", value) is None,
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


def _distinct(column: list) -> list:
    try:
        return [value for _, value in set(zip(map(type, column), column, strict=True))]
    except TypeError:  # lists and objects have no hash
        return column
