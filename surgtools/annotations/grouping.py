"""Find the group of each image; a split keeps groups whole."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from surgtools.errors import InputError


@dataclass(frozen=True)
class GroupBy:
    """How an image finds its group; give at most one.

    Attributes:
        pattern: regular expression searched in ``file_name``; the group is what its first
            parenthesis (without one: the whole match) holds.
        field: name of an image field, for example ``video_id``.
        folder: True to group by the folder part of ``file_name``.

    With none of them, images are grouped by ``video_id`` where they have one, else each picture
    is a group of its own.
    """

    pattern: str | None = None
    field: str | None = None
    folder: bool = False


BY_VIDEO = GroupBy()
"""By ``video_id`` where images have one."""


def build_grouper(by: GroupBy) -> Callable[[dict], str]:
    """A function from an image entry to the name of its group.

    Raises:
        InputError: the pattern is no regular expression, or several ways are given; when called:
            an image does not match, or lacks the field.
    """
    if sum((by.pattern is not None, by.field is not None, by.folder)) > 1:
        raise InputError("group by a pattern, a field or the folder, not by several of them")
    if by.pattern is not None:
        return _by_pattern(by.pattern)
    if by.field is not None:
        return lambda image: _field(image, by.field)
    if by.folder:
        return lambda image: str(PurePosixPath(image["file_name"]).parent)
    return _default


def _by_pattern(text: str) -> Callable[[dict], str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InputError(
            f"{text!r} is no regular expression ({error}); mend the pattern"
        ) from error

    def group(image: dict) -> str:
        match = pattern.search(image["file_name"])
        if match is None or (pattern.groups and match[1] is None):
            raise InputError(
                f"image {image['id']} {image['file_name']} does not match the group pattern "
                f"{text!r}; widen the pattern, or split such pictures apart"
            )
        return match[1] if pattern.groups else match[0]

    return group


def _field(image: dict, field: str) -> str:
    if image.get(field) is None:
        raise InputError(
            f"image {image['id']} {image['file_name']} has no field {field!r}; choose another way "
            "to group"
        )
    return str(image[field])


def _default(image: dict) -> str:
    if image.get("video_id") is not None:
        return f"video {image['video_id']}"
    return f"picture {image['file_name']}"
