"""Judge some annotations of one category together, and turn them into arrays.

Shapes: N annotations, k keypoints of the category.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np

from surgtools.annotations.check.categories import Plan
from surgtools.annotations.check.field_values import LARGEST, is_key, is_number
from surgtools.annotations.check.fields import (
    ANNOTATION_FIELDS,
    Breach,
    all_sound,
    field_faults,
)
from surgtools.annotations.check.ids import IdCodes

_NEEDED = itemgetter("id", "image_id", "bbox", "keypoints")
_JUDGED = ("category_id", "id", "image_id", "bbox", "keypoints")
_REST = {name: rules for name, rules in ANNOTATION_FIELDS.items() if not rules[0].needed}


@dataclass
class Annotations:
    """The sound annotations of one category, keypoints in the order of the file.

    Attributes:
        codes: what the ids stand for.
        ids, image_ids: (N,) codes; rows: (N,) position in the table.
        bboxes: (N, 4) xywh in pixels.
        keypoints: (N, k, 3) x, y, v.
        areas, counts: (N,) ``area`` and ``num_keypoints``, NaN where absent.
        certain: (N,) bool, False where the annotator could not tell left from right.
    """

    codes: IdCodes
    ids: np.ndarray
    image_ids: np.ndarray
    rows: np.ndarray
    bboxes: np.ndarray
    keypoints: np.ndarray
    areas: np.ndarray
    counts: np.ndarray
    certain: np.ndarray


def annotation_faults(annotation: dict, plan: Plan) -> Iterator[Breach]:
    """Yield what is wrong with one row of a category that the file defines."""
    keypoints, wanted = annotation.get("keypoints"), plan.num_keypoints
    if wanted and keypoints in (None, []):
        yield Breach("keypoint-absent", f"has no keypoints, {plan.name} has {wanted}")
        annotation = {**annotation, "keypoints": []}
    elif isinstance(keypoints, list) and (wanted is None or len(keypoints) != 3 * wanted):
        text = f"{len(keypoints) / 3:g} keypoints, {plan.name} defines {wanted}"
        yield Breach("keypoint-count", text)
    yield from field_faults(annotation, ANNOTATION_FIELDS)


def batch_to_arrays(
    batch: list[tuple[int, dict]], plan: Plan, codes: IdCodes
) -> Annotations | None:
    """Judge and convert rows together, many times quicker than one by one.

    Returns:
        None when ``annotation_faults`` would find something in one of the rows.
    """
    rows = [annotation for _, annotation in batch]
    try:
        ids, image_ids, bboxes, keypoints = zip(*map(_NEEDED, rows), strict=True)
    except KeyError:
        return None
    if plan.num_keypoints is None or not all(map(is_key, chain(ids, image_ids))):
        return None
    places = _to_numbers(bboxes, 4), _to_numbers(keypoints, 3 * plan.num_keypoints)
    if any(place is None for place in places):
        return None
    if not all_sound(rows, _REST, _JUDGED):
        return None
    return Annotations(
        codes=codes,
        ids=np.array([codes.encode(value) for value in ids], dtype=np.int64),
        image_ids=np.array([codes.encode(value) for value in image_ids], dtype=np.int64),
        rows=np.array([row for row, _ in batch], dtype=np.int64),
        bboxes=places[0],
        keypoints=places[1].reshape(len(batch), plan.num_keypoints, 3),
        areas=_optional(rows, "area"),
        counts=_optional(rows, "num_keypoints"),
        certain=np.array([row.get("certain_left_right", True) for row in rows], dtype=bool),
    )


def _to_numbers(column: tuple, count: int) -> np.ndarray | None:
    """(N, count) from N lists; None when one of them is no such list of numbers."""
    if set(map(type, column)) != {list} or set(map(len, column)) != {count}:
        return None
    values = list(chain.from_iterable(column))
    if not set(map(type, values)) <= {int, float}:
        return None
    try:
        numbers = np.array(values, dtype=float)
    except OverflowError:
        return None
    # NaN fails this comparison, too.
    return numbers.reshape(len(column), count) if (np.abs(numbers) < LARGEST).all() else None


def _optional(rows: list[dict], key: str) -> np.ndarray:
    values = [row.get(key) for row in rows]
    if set(map(type, values)) <= {int, float}:
        with contextlib.suppress(OverflowError):
            return np.array(values, dtype=float)
    return np.array([v if is_number(v) else np.nan for v in values], dtype=float)


def join_batches(parts: list[Annotations]) -> Annotations:
    names = Annotations.__dataclass_fields__.keys() - {"codes"}
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Annotations(codes=parts[0].codes, **arrays)
