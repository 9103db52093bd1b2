"""Put the regions of a Label Studio task together to instances.

Coordinates of regions are percent of the picture, those of instances pixels.
"""

import json
from collections.abc import Iterator

import numpy as np

from surgtools.annotations.convert.parts import Losses, is_scalar
from surgtools.errors import InputError

HIDDEN = "hidden"
"""The choice that a hidden keypoint carries."""


def read_results(task: dict, where: str) -> Iterator[dict]:
    """The regions of a task's newest annotation, else of its first prediction."""
    chosen = [a for a in task.get("annotations") or [] if not a.get("was_cancelled")]
    source = chosen[-1] if chosen else next(iter(task.get("predictions") or []), None)
    if source is None:
        return
    results = source.get("result") if isinstance(source, dict) else None
    if not isinstance(results, list):
        raise InputError(f"{where} has an annotation without a result list; export it again")
    for region in results:
        if not isinstance(region, dict) or not isinstance(region.get("value"), dict):
            raise InputError(f"{where} has a region without a value; export it again")
        yield region


def read_instances(
    results: list[dict], size: tuple[int, int], where: str, losses: Losses
) -> Iterator[tuple[str, list[float], dict[str, np.ndarray], dict]]:
    """Category, xywh box, (3,) keypoints by name and further fields of each instance.

    A keypoint belongs to the box that is its parent, else to the only box of its category; those
    of a category without a box make one instance, whose box is made from them.

    Args:
        size: width and height of the picture in pixels.

    Raises:
        InputError: a keypoint twice in one instance or under another category, or a broken box.
    """
    scale = np.array(size) / 100
    hidden = {r.get("id") for r in results if HIDDEN in (r["value"].get("choices") or ())}
    boxes: dict[object, tuple[str, list[float], dict]] = {}
    points: dict[object, dict[str, np.ndarray]] = {}
    loose: dict[str, dict[str, np.ndarray]] = {}
    for region in results:
        value = region["value"]
        if value.get("rectanglelabels"):
            boxes[region.get("id")] = (
                value["rectanglelabels"][0],
                _box(value, scale, where),
                region,
            )
        elif not value.get("keypointlabels") and not value.get("choices"):
            losses.add(f"regions of type {region.get('type')}, which are no boxes or keypoints")
    for region in results:
        value = region["value"]
        if not value.get("keypointlabels"):
            continue
        category, _, name = value["keypointlabels"][0].rpartition(".")
        x, y = _numbers(value, ("x", "y"), where) * scale
        point = np.array([x, y, 1 if region.get("id") in hidden else 2])
        parent = region.get("parentID")
        if parent in boxes and boxes[parent][0] != category:
            raise InputError(f"{where}: {category}.{name} hangs on a box of {boxes[parent][0]}")
        same = [key for key, (label, _, _) in boxes.items() if label == category]
        if parent not in boxes and len(same) == 1:
            parent = same[0]
        target = (
            points.setdefault(parent, {}) if parent in boxes else loose.setdefault(category, {})
        )
        if name in target:
            raise InputError(
                f"{where} has {category}.{name} twice; make each keypoint a child of its box"
            )
        target[name] = point
    for key, (label, box, region) in boxes.items():
        yield label, box, points.get(key, {}), _extras(region)
    for label, found in loose.items():
        losses.add("boxes not in the file, made from the keypoints plus 5 %")
        xy = np.array([point[:2] for point in found.values()])
        margin = max(1.0, 0.05 * float(np.ptp(xy, axis=0).max()))
        low, high = xy.min(axis=0) - margin, xy.max(axis=0) + margin
        yield label, [*low, *(high - low)], found, {}


def _extras(region: dict) -> dict:
    extras = {"score": region["score"]} if is_scalar(region.get("score")) else {}
    for text in (region.get("meta") or {}).get("text") or ():
        try:
            found = json.loads(text)
        except (TypeError, ValueError):
            continue  # a remark typed by an annotator
        if isinstance(found, dict):
            extras.update({k: v for k, v in found.items() if is_scalar(v)})
    return extras


def _box(value: dict, scale: np.ndarray, where: str) -> list[float]:
    x, y, width, height = _numbers(value, ("x", "y", "width", "height"), where)
    if value.get("rotation"):
        raise InputError(f"{where} has a rotated box; COCO boxes are upright, turn it back")
    if width <= 0 or height <= 0:
        raise InputError(f"{where} has a box without width or height; remove it")
    return [*(np.array([x, y]) * scale), *(np.array([width, height]) * scale)]


def _numbers(value: dict, keys: tuple[str, ...], where: str) -> np.ndarray:
    found = [value.get(key) for key in keys]
    if not all(isinstance(v, int | float) and np.isfinite(v) for v in found):
        raise InputError(f"{where} has a region with {dict(zip(keys, found, strict=True))}")
    return np.array(found, dtype=float)
