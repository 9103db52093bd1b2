"""The labels of a CVAT file: a skeleton for each category, a point for each keypoint."""

import xml.etree.ElementTree as ET
from collections.abc import Container
from xml.sax.saxutils import quoteattr

import numpy as np

from surgtools.annotations.convert.cvat import BOX, MARGINS
from surgtools.annotations.convert.dataset_parts import DatasetPart, scalar_extras
from surgtools.annotations.convert.foreign_categories import to_instruments
from surgtools.errors import InputError
from surgtools.taxonomy import Category

_PALETTE = ("#ff8000", "#0099ff", "#33cc66", "#ff3399", "#9966ff")


def write_labels(task: ET.Element, parts: list[DatasetPart]) -> dict[int, Category]:
    """Add ``labels`` for all categories and their points; return the categories."""
    instruments = to_instruments(parts[0].content["categories"])
    labels = ET.SubElement(task, "labels")
    for number, instrument in enumerate(instruments.values()):
        label = ET.SubElement(labels, "label")
        _text(label, "name", instrument.name)
        _text(label, "color", _PALETTE[number % len(_PALETTE)])
        _text(label, "type", "skeleton" if instrument.keypoints else "rectangle")
        attributes = ET.SubElement(label, "attributes")
        for name in attribute_names(parts, instrument.id):
            attribute = ET.SubElement(attributes, "attribute")
            for key, value in (
                ("name", name),
                ("mutable", "True"),
                ("input_type", "text"),
                ("default_value", ""),
                ("values", ""),
            ):
                _text(attribute, key, value)
        if instrument.keypoints:
            _text(label, "svg", skeleton_svg(instrument))
        for own, name in enumerate(instrument.keypoints):
            point = ET.SubElement(labels, "label")
            _text(point, "name", name)
            _text(point, "color", _PALETTE[own % len(_PALETTE)])
            _text(point, "type", "points")
            ET.SubElement(point, "attributes")
            _text(point, "parent", instrument.name)
    return instruments


def label_constructor(parts: list[DatasetPart]) -> list[dict]:
    """The labels as CVAT's raw label editor takes them when a task is made."""
    return [
        {
            "name": instrument.name,
            "color": _PALETTE[number % len(_PALETTE)],
            **_shape(instrument),
            "attributes": [
                {
                    "name": name,
                    "mutable": True,
                    "input_type": "text",
                    "default_value": "",
                    "values": [""],
                }
                for name in attribute_names(parts, instrument.id)
            ],
        }
        for number, instrument in enumerate(
            to_instruments(parts[0].content["categories"]).values()
        )
    ]


def _shape(instrument: Category) -> dict:
    if not instrument.keypoints:
        return {"type": "rectangle"}
    points = [{"name": name, "type": "points", "attributes": []} for name in instrument.keypoints]
    return {"type": "skeleton", "svg": skeleton_svg(instrument), "sublabels": points}


def attribute_names(parts: list[DatasetPart], category_id: int) -> list[str]:
    """The attributes that annotations of one category need."""
    found = {MARGINS, BOX}
    for part in parts:
        for annotation in part.content["annotations"]:
            if annotation["category_id"] == category_id:
                found.update(scalar_extras(annotation))
    return sorted(found)


def skeleton_svg(instrument: Category) -> str:
    """CVAT's drawing of a skeleton: nodes on a circle, in a square of 100 units."""
    angles = np.arange(instrument.num_keypoints) * 2 * np.pi / max(instrument.num_keypoints, 1)
    nodes = 50 + 40 * np.stack([np.sin(angles), -np.cos(angles)], axis=1)
    lines = []
    for a, b in instrument.skeleton:
        i, j = instrument.index(a), instrument.index(b)
        lines.append(
            f'<line x1="{nodes[i, 0]:.2f}" y1="{nodes[i, 1]:.2f}" x2="{nodes[j, 0]:.2f}" '
            f'y2="{nodes[j, 1]:.2f}" stroke="black" data-type="edge" data-node-from="{i + 1}" '
            f'stroke-width="0.5" data-node-to="{j + 1}"></line>'
        )
    for n, name in enumerate(instrument.keypoints):
        lines.append(
            f'<circle r="1.5" stroke="black" fill="#b3b3b3" cx="{nodes[n, 0]:.2f}" '
            f'cy="{nodes[n, 1]:.2f}" stroke-width="0.1" data-type="element node" '
            f'data-element-id="{n + 1}" data-node-id="{n + 1}" '
            f"data-label-name={quoteattr(name)}></circle>"
        )
    return "".join(lines)


def read_labels(
    root: ET.Element | None, where: str, boxes: Container[str] = ()
) -> dict[str, list[str]]:
    """Labels of skeletons and the names of their points, and labels of boxes, which have none.

    Args:
        boxes: labels that boxes have, see ``labels_of_boxes``.

    Returns:
        In the order of the file.
    """
    if root is None:
        raise InputError(f"{where}: lacks <labels>; export it from CVAT as 1.1 XML")
    labels: dict[str, list[str]] = {}
    for label in root.iter("label"):
        kind, name = label.findtext("type"), label.findtext("name")
        of_box = label.find("parent") is None and (kind == "rectangle" or name in boxes)
        if kind == "skeleton" or of_box:
            labels.setdefault(_name(label, where), [])
    for label in root.iter("label"):
        parent = label.findtext("parent")
        if parent in labels and (name := _name(label, where)) not in labels[parent]:
            labels[parent].append(name)
    return labels


def read_edges(root: ET.Element | None) -> dict[str, list[tuple[str, str]]]:
    """Skeleton label to the lines of its drawing, as pairs of point names.

    A drawing that is broken or names nothing has none: it changes no label.
    """
    edges: dict[str, list[tuple[str, str]]] = {}
    for label in root.iter("label") if root is not None else ():
        try:
            shapes = ET.fromstring(f"<svg>{label.findtext('svg') or ''}</svg>")
        except ET.ParseError:
            continue
        names = {
            shape.get("data-node-id"): shape.get("data-label-name")
            for shape in shapes.iter("circle")
        }
        pairs = [
            (names.get(line.get("data-node-from")), names.get(line.get("data-node-to")))
            for line in shapes.iter("line")
        ]
        edges[str(label.findtext("name"))] = [pair for pair in pairs if None not in pair]
    return edges


def _name(label: ET.Element, where: str) -> str:
    name = label.findtext("name")
    if not name:
        raise InputError(f"{where}: a <label> has no <name>; export it from CVAT again")
    return name


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text
