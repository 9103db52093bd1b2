"""Put the regions of a Label Studio task together to instruments.

Coordinates of regions are percent of the picture, those of instances pixels.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgtools.annotations.check.writable import shorten
from surgtools.annotations.convert.dataset_parts import Losses, is_scalar
from surgtools.annotations.convert.label_studio_regions import HIDDEN, UPRIGHT, Region, is_measure
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy


@dataclass(frozen=True)
class LabelStudioInstance:
    """One instrument; ``box`` is xywh in pixels, each of ``keypoints`` is (3,) x, y, v."""

    category: str
    box: list[float]
    keypoints: dict[str, np.ndarray]
    extras: dict[str, Any]


def read_instances(
    regions: list[Region],
    size: tuple[int, int],
    where: str,
    losses: Losses,
    taxonomy: Taxonomy = SURGICAL,
) -> Iterator[LabelStudioInstance]:
    """The instruments of a task.

    A keypoint belongs to the box that is its parent, else to the only box of its category; those
    of a category without a box make one instance, whose box is made from them. A keypoint whose
    label names no category takes that of its parent, of the only box, or the only one of
    the taxonomy that has such a keypoint.

    Args:
        size: width and height of the picture in pixels.

    Raises:
        InputError: a keypoint twice in one instance or under another category, one of unknown
            category, or a broken box.
    """
    scale = np.array(size) / 100
    choices = [region.id for region in regions if HIDDEN in region.choices]
    losses.add("choices that do not say their region", choices.count(None))
    hidden = {key for key in choices if key is not None}
    boxes = _boxes(regions, scale, where, losses)
    points: dict[object, dict[str, np.ndarray]] = {}
    loose: dict[str, dict[str, np.ndarray]] = {}
    for region in regions:
        if not region.points:
            continue
        parent = region.parent if region.parent in boxes else None
        category, name = _category_of(region.points[0], boxes.get(parent), boxes, where, taxonomy)
        if parent is None:
            same = [key for key, box in boxes.items() if box.category == category]
            parent = same[0] if len(same) == 1 else None
        x, y = _numbers(region.value, ("x", "y"), where) * scale
        target = (
            loose.setdefault(category, {}) if parent is None else points.setdefault(parent, {})
        )
        if name in target:
            raise InputError(
                f"{where} has {category}.{name} twice; make each keypoint a child of its box"
            )
        target[name] = np.array([x, y, 1 if region.id in hidden else 2])
    for key, box in boxes.items():
        yield LabelStudioInstance(box.category, box.box, points.get(key, {}), box.extras)
    for category, found in loose.items():
        losses.add("boxes not in the file, made from the keypoints plus 5 %")
        xy = np.array([point[:2] for point in found.values()])
        margin = max(1.0, 0.05 * float(np.ptp(xy, axis=0).max()))
        low, high = xy.min(axis=0) - margin, xy.max(axis=0) + margin
        yield LabelStudioInstance(category, [*low, *(high - low)], found, {})


def _boxes(
    regions: list[Region], scale: np.ndarray, where: str, losses: Losses
) -> dict[object, LabelStudioInstance]:
    """The rectangles by their ids, each without keypoints so far."""
    boxes: dict[object, LabelStudioInstance] = {}
    for number, region in enumerate(regions):
        if region.boxes:
            key = ("no id", number) if region.id is None else region.id
            if key in boxes:
                raise InputError(f"{where} has two boxes with id {region.id}; export it again")
            box = _box(region.value, scale, where)
            boxes[key] = LabelStudioInstance(region.boxes[0], box, {}, _extras(region.content))
            losses.add("further labels of a box", len(region.boxes) - 1)
        elif not region.points and not region.choices:
            losses.add(f"regions of type {region.kind}, which are no boxes or keypoints")
    return boxes


def _category_of(
    label: str,
    parent: LabelStudioInstance | None,
    boxes: dict[object, LabelStudioInstance],
    where: str,
    taxonomy: Taxonomy,
) -> tuple[str, str]:
    category, _, name = label.rpartition(".")
    if not category and parent is not None:
        category = parent.category
    elif not category and len(boxes) == 1:
        category = next(iter(boxes.values())).category
    elif not category:
        having = [own.name for own in taxonomy.categories if name in own.keypoints]
        if len(having) != 1:
            raise InputError(
                f"{where}: keypoint {label!r} does not say its category; make it a child of its "
                "box, or label it category.keypoint"
            )
        category = having[0]
    if parent is not None and parent.category != category:
        raise InputError(f"{where}: {category}.{name} hangs on a box of {parent.category}")
    return category, name


def _extras(region: dict) -> dict[str, Any]:
    extras = {"score": region["score"]} if is_scalar(region.get("score")) else {}
    meta = region.get("meta")
    texts = meta.get("text") if isinstance(meta, dict) else None
    for text in texts if isinstance(texts, list) else ():
        try:
            found = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            continue  # a remark typed by an annotator
        if isinstance(found, dict):
            extras.update({k: v for k, v in found.items() if is_scalar(v)})
    return extras


def _box(value: dict, scale: np.ndarray, where: str) -> list[float]:
    x, y, width, height = _numbers(value, ("x", "y", "width", "height"), where)
    rotation = value.get("rotation") or 0
    if not is_measure(rotation) or abs(math.remainder(rotation, 360)) > UPRIGHT:
        raise InputError(f"{where} has a rotated box; COCO boxes are upright, turn it back")
    if width <= 0 or height <= 0:
        raise InputError(f"{where} has a box without width or height; remove it")
    return [*(np.array([x, y]) * scale), *(np.array([width, height]) * scale)]


def _numbers(value: dict, keys: tuple[str, ...], where: str) -> np.ndarray:
    found = [value.get(key) for key in keys]
    if not all(map(is_measure, found)):
        given = ", ".join(f"{k} {shorten(v)}" for k, v in zip(keys, found, strict=True))
        raise InputError(f"{where} has a region with {given}; numbers of percent are expected")
    return np.array(found, dtype=float)
