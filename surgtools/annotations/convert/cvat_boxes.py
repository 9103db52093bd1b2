"""CVAT's boxes: instances of which no keypoint is labelled, or whose category has none.

Their labels have the type rectangle, or any; CVAT before 2.3 did not write types.
"""

import math
import xml.etree.ElementTree as ET
from typing import Any

from surgtools.annotations.convert import cvat
from surgtools.annotations.convert.dataset_parts import scalar_extras
from surgtools.errors import InputError

_SIDES = ("xtl", "ytl", "xbr", "ybr")

_UPRIGHT = 1e-3
"""Degrees that are no turn."""


def labels_of_boxes(root: ET.Element) -> set[str]:
    """The labels of all boxes of a file, which those of tracks have from their track."""
    tracks = (track for track in root.iter("track") if track.find("box") is not None)
    return {str(shape.get("label")) for shape in (*root.iter("box"), *tracks)}


def read_box(shape: ET.Element, where: str) -> tuple[list[float], dict[str, Any]]:
    """A box as xywh in pixels, and its attributes.

    Raises:
        InputError: numbers that are none, a box without width or height, or one that is turned.
    """
    try:
        left, top, right, bottom = (float(shape.get(side, "")) for side in _SIDES)
        turned = math.remainder(float(shape.get("rotation", 0)), 360)
    except ValueError:
        left = right = top = bottom = math.nan
        turned = 0.0
    if abs(turned) > _UPRIGHT:
        raise InputError(f"{where} has a rotated box; COCO boxes are upright, turn it back")
    if not (left < right and top < bottom and max(map(abs, (left, top, right, bottom))) < 1e9):
        given = ", ".join(f"{side} {shape.get(side)}" for side in _SIDES)
        raise InputError(f"{where} has a box with {given}; correct it or remove it")
    return [left, top, right - left, bottom - top], cvat.read_attributes(shape)


def write_box(
    parent: ET.Element, annotation: dict, without: tuple[str, ...] = (), **fields: str
) -> None:
    """Add the box of an annotation, and the fields of it that are single values."""
    x, y, width, height = annotation["bbox"]
    corners = (x, y, x + width, y + height)
    sides = {side: f"{value:.10g}" for side, value in zip(_SIDES, corners, strict=True)}
    shape = ET.SubElement(parent, "box", occluded="0", **sides, **fields)
    cvat.add_attributes(shape, scalar_extras(annotation, without))
