"""Read the regions of a Label Studio task, every field of the type that it must have.

Coordinates are percent of the picture.
"""

import math
from dataclasses import dataclass
from typing import Any

from surgtools.annotations.check.writable import shorten
from surgtools.annotations.convert.dataset_parts import Losses
from surgtools.errors import InputError

HIDDEN = "hidden"
"""The choice that a hidden keypoint carries."""

_FARTHEST = 1e6
"""Percent; a coordinate beyond this belongs to no picture."""

UPRIGHT = 1e-6
"""Degrees; editors leave such rests where a box was turned and turned back."""


@dataclass(frozen=True)
class Region:
    """One region, its fields of the types they must have.

    Attributes:
        id, parent: of the region and of the one it hangs on; None where it says none.
        kind: Label Studio's type.
        boxes, points, choices: labels of a rectangle, labels of a keypoint, chosen words.
        value: the numbers.
        content: the whole region.
    """

    id: str | int | None
    parent: str | int | None
    kind: str
    boxes: tuple[str, ...]
    points: tuple[str, ...]
    choices: tuple[str, ...]
    value: dict[str, Any]
    content: dict[str, Any]


def read_regions(task: dict, where: str, losses: Losses) -> list[Region]:
    """The regions of a task's newest annotation, else of its first prediction.

    Predictions that are given by their number only count as none.

    Raises:
        InputError: something has not the type it must have.
    """
    drafts = _rows(task, "annotations", where)
    for row in drafts:
        if not isinstance(row, dict):
            raise InputError(
                f"{where} has the annotation {shorten(row)}; export with the annotations' results"
            )
    chosen = [row for row in drafts if not row.get("was_cancelled")]
    guesses = [row for row in _rows(task, "predictions", where) if isinstance(row, dict)]
    source = chosen[-1] if chosen else next(iter(guesses), None)
    if source is None:
        return []
    results = source.get("result")
    if not isinstance(results, list):
        raise InputError(f"{where} has an annotation without a result list; export it again")
    regions = []
    for region in results:
        if isinstance(region, dict) and region.get("type") == "relation":
            losses.add("relations between regions")
        else:
            regions.append(_region(region, where))
    return regions


def _rows(task: dict, key: str, where: str) -> list:
    rows = task.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise InputError(f"{where} has {key} {shorten(rows)}; a list is expected")
    return rows


def _region(region: object, where: str) -> Region:
    if not isinstance(region, dict) or not isinstance(region.get("value"), dict):
        raise InputError(f"{where} has a region without a value; export it again")
    value = region["value"]
    turned = region.get("image_rotation") or 0
    if not is_measure(turned) or abs(math.remainder(turned, 360)) > UPRIGHT:
        raise InputError(
            f"{where} was labelled with its picture turned by {shorten(turned)} degrees; turn the "
            "picture back in Label Studio and export again"
        )
    return Region(
        id=_key(region, "id", where),
        parent=_key(region, "parentID", where),
        kind=shorten(region.get("type")).strip("'"),
        boxes=_words(value, "rectanglelabels", where),
        points=_words(value, "keypointlabels", where),
        choices=_words(value, "choices", where),
        value=value,
        content=region,
    )


def _key(region: dict, name: str, where: str) -> str | int | None:
    key = region.get(name)
    if isinstance(key, str | int | None):
        return key
    raise InputError(f"{where} has a region with {name} {shorten(key)}; a text is expected")


def _words(value: dict, name: str, where: str) -> tuple[str, ...]:
    words = value.get(name)
    if words is None:
        return ()
    if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
        raise InputError(f"{where} has {name} {shorten(words)}; a list of labels is expected")
    return tuple(words)


def is_measure(value: object) -> bool:
    """Whether it is a number of percent or degrees."""
    return type(value) in (int, float) and abs(value) < _FARTHEST
