"""What CVAT for images 1.1 and CVAT for video 1.1 have in common: skeletons and attributes.

A skeleton has no box of its own in CVAT. The distances between the box and the outermost labelled
keypoints travel in the attribute ``box_margins``, so that a box comes back as it was, and moves
along when keypoints are corrected. Fields that are single values travel as attributes, too.

Shapes: k keypoints of a category. Coordinates are taken over as they are.
Source: CVAT, "CVAT for images/video 1.1" format pages.
"""

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, scalar_extras
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.taxonomy import Category

MARGINS, BOX = "box_margins", "box"
"""Attributes: left, top, right, bottom margins; the xywh box where no keypoint is labelled."""

_FARTHEST = 1e9
"""Pixels; a coordinate beyond this belongs to no picture."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file may hold, not even escaped."""


def count_shared_names(parts: list[DatasetPart], losses: Losses) -> int:
    """How many file names occurred before; CVAT tells pictures apart by name only."""
    names = [image["file_name"] for part in parts for image in part.content["images"]]
    shared = len(names) - len(set(names))
    losses.add("file names that occur more than once", shared)
    return shared


def write_attributes(shape: ET.Element, annotation: dict, without: tuple[str, ...] = ()) -> None:
    """Add the box and the single-value fields of an annotation to its skeleton."""
    x, y, width, height = annotation["bbox"]
    labelled = labelled_places(annotation)
    if len(labelled):
        (left, top), (right, bottom) = labelled.min(axis=0), labelled.max(axis=0)
        margins = (left - x, top - y, x + width - right, y + height - bottom)
        values: dict[str, Any] = {MARGINS: ",".join(f"{m:.6g}" for m in margins)}
    else:
        values = {BOX: ",".join(f"{v:.10g}" for v in annotation["bbox"])}
    add_attributes(shape, {**values, **scalar_extras(annotation, without)})


def add_attributes(shape: ET.Element, values: Mapping[str, Any]) -> None:
    """Add single values to a shape, as ``read_attributes`` reads them."""
    for name, value in values.items():
        ET.SubElement(shape, "attribute", name=name).text = _to_text(value)


def point_places(annotation: dict) -> Iterator[tuple[float, float, int]]:
    """x, y, v of each keypoint; unlabelled ones are put at the box's center for the editor."""
    x, y, width, height = annotation["bbox"]
    for px, py, v in np.array(annotation["keypoints"], dtype=float).reshape(-1, 3).tolist():
        yield (px, py, int(v)) if v > 0 else (x + width / 2, y + height / 2, 0)


def labelled_places(annotation: dict) -> np.ndarray:
    """(n, 2) x, y of the keypoints with v > 0."""
    keypoints = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
    return keypoints[keypoints[:, 2] > 0, :2]


def place_text(x: float, y: float) -> str:
    return f"{x:.10g},{y:.10g}"


def read_point(point: ET.Element, where: str) -> np.ndarray:
    """(3,) x, y, v; outside is 0, occluded 1."""
    if point.get("outside") == "1":
        return np.zeros(3)
    try:
        x, y = (float(value) for value in point.get("points", "").split(","))
    except ValueError as error:
        raise InputError(f"{where} has points {point.get('points')!r}; x,y is expected") from error
    if not (abs(x) < _FARTHEST and abs(y) < _FARTHEST):
        raise InputError(f"{where} has points {point.get('points')!r}; finite numbers expected")
    return np.array([x, y, 1 if point.get("occluded") == "1" else 2])


def read_attributes(shape: ET.Element) -> dict[str, Any]:
    """Attribute names and values; values that are JSON are decoded."""
    return {
        str(attribute.get("name")): _from_text(attribute.text or "")
        for attribute in shape.findall("attribute")
    }


def take_skeleton_box(
    keypoints: np.ndarray,
    attributes: dict[str, Any],
    size: tuple[int, int],
    losses: Losses,
    where: str,
) -> list[float]:
    """The box of a skeleton; takes its attributes out of ``attributes``.

    Args:
        keypoints: (k, 3) x, y, v.
        size: width and height of the picture; a box made from keypoints is clipped to it.
    """
    margins = attributes.pop(MARGINS, None)
    box = attributes.pop(BOX, None)
    labelled = keypoints[keypoints[:, 2] > 0, :2]
    try:
        if len(labelled):
            low, high = labelled.min(axis=0), labelled.max(axis=0)
            if margins:
                left, top, right, bottom = _four(margins)
                low, high = low - (left, top), high + (right, bottom)
            else:
                losses.add("boxes not in the file, made from the keypoints plus 5 %")
                low, high = _grown(low, high, size)
            return [*low, *(high - low)]
        x, y, width, height = _four(box)
    except ValueError as error:
        raise InputError(
            f"{where} has no labelled keypoint and no box, or a broken one ({margins or box}); "
            "remove the skeleton or its box attribute"
        ) from error
    return [x, y, width, height]


def _four(text: object) -> list[float]:
    numbers = [float(word) for word in str(text).split(",")]
    if len(numbers) != 4 or not all(abs(number) < _FARTHEST for number in numbers):
        raise ValueError(text)
    return numbers


def order_points(
    points: Mapping[str, np.ndarray], instrument: Category, losses: Losses
) -> np.ndarray:
    """(k, 3) in the order of the instrument; absent points are unlabelled."""
    for name in points.keys() - set(instrument.keypoints):
        losses.add(f"points {name!r}, which {instrument.name} does not define")
    return np.array([points.get(name, np.zeros(3)) for name in instrument.keypoints])


def parse_xml(path: Path) -> ET.Element:
    """Read an XML file whose top is ``annotations``."""
    try:
        root = ET.parse(path).getroot()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise InputError(f"{path}: is no XML ({error}); export it from CVAT again") from error
    if root.tag != "annotations":
        raise InputError(f"{path}: starts with <{root.tag}>; CVAT 1.1 has <annotations>")
    return root


def write_xml(root: ET.Element, file: Path) -> None:
    """Write a file whole, indented.

    Raises:
        InputError: a name or value has a character that XML cannot hold.
    """
    for element in root.iter():
        for text in (element.text or "", *element.attrib.values()):
            if _NOT_XML.search(text):
                raise InputError(
                    f"{file}: {text!r} has a character that XML cannot hold; rename it"
                )
    ET.indent(root)
    with write_whole(file) as target:
        ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)


def number(element: ET.Element, key: str, where: str) -> int:
    """An attribute that must be a whole number."""
    try:
        return int(element.get(key, ""))
    except ValueError as error:
        raise InputError(
            f"{where}: <{element.tag}> has {key}={element.get(key)!r}; a whole number is expected"
        ) from error


def _grown(low: np.ndarray, high: np.ndarray, size: tuple[int, int]) -> tuple:
    margin = max(1.0, 0.05 * float((high - low).max()))
    low, high = low - margin, high + margin
    inside_low, inside_high = np.maximum(low, 0), np.minimum(high, size)
    return (inside_low, inside_high) if (inside_low < inside_high).all() else (low, high)


def _to_text(value: Any) -> str:
    if isinstance(value, str) and _from_text(value) == value:
        return value
    return json.dumps(value, allow_nan=False)


def _from_text(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text
    return value if isinstance(value, str | int | float | bool) else text


def _refuse(constant: str) -> None:
    raise ValueError(constant)
