"""CVAT for images 1.1: one XML file, a skeleton per instance in every picture."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from surgtools.annotations.convert import cvat, cvat_boxes, cvat_labels
from surgtools.annotations.convert.coco_files import place_all
from surgtools.annotations.convert.dataset_parts import (
    DatasetPart,
    Losses,
    Options,
    add_instance,
    part_of_subset,
    picture_size,
)
from surgtools.annotations.convert.foreign_categories import new_builder
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import Category

FILE_NAME = "annotations.xml"


def write(parts: list[DatasetPart], out: Path, options: Options, losses: Losses) -> None:
    """Write ``out`` (ends in .xml), or a folder of ``annotations.xml`` and ``images``.

    ``labels.json`` beside it holds the labels as CVAT takes them when a task is made.
    """
    file = out if out.suffix == ".xml" else out / FILE_NAME
    losses.fields(parts, scalars=True)
    losses.add("annotation ids (renumbered)", sum(len(p.content["annotations"]) for p in parts))
    if cvat.count_shared_names(parts, losses) == 0 and file != out:
        for part in parts:
            place_all(part, out / "images", options)
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    task = ET.SubElement(ET.SubElement(root, "meta"), "task")
    ET.SubElement(task, "mode").text = "annotation"
    instruments = cvat_labels.write_labels(task, parts)
    number = 0
    for part in parts:
        by_image: dict[object, list[dict]] = {}
        for annotation in part.content["annotations"]:
            by_image.setdefault(annotation["image_id"], []).append(annotation)
        # Tools that know no subsets skip images that name one.
        subset = {} if [p.name for p in parts] == [PARTS[0]] else {"subset": part.name}
        for image in part.content["images"]:
            entry = ET.SubElement(
                root,
                "image",
                id=str(number),
                name=image["file_name"],
                **subset,
                width=str(int(image["width"])),
                height=str(int(image["height"])),
            )
            number += 1
            for annotation in by_image.get(image["id"], ()):
                instrument = instruments[annotation["category_id"]]
                if instrument.keypoints:
                    _write_skeleton(entry, annotation, instrument)
                else:
                    fields = {"label": instrument.name, "source": "manual", "z_order": "0"}
                    cvat_boxes.write_box(entry, annotation, **fields)
    cvat.write_xml(root, file)
    with write_whole(file.with_name("labels.json")) as target:
        target.write_text(json.dumps(cvat_labels.label_constructor(parts), indent=1))


def read(path: Path, options: Options, losses: Losses) -> list[DatasetPart]:
    """Read one XML file; subsets of images become parts.

    Raises:
        InputError: broken XML, or a skeleton that its label does not explain.
    """
    file = path / FILE_NAME if path.is_dir() else path
    root = cvat.parse_xml(file)
    boxes = cvat_boxes.labels_of_boxes(root)
    labels = cvat_labels.read_labels(root.find("meta"), str(file), boxes)
    edges = cvat_labels.read_edges(root.find("meta"))
    if root.find("track") is not None:
        raise InputError(f"{file}: holds tracks; convert it --from cvat-video")
    builders, subsets = {}, {}
    home = None if options.images else file.parent
    for image in root.iter("image"):
        name = image.get("name")
        if not name:
            raise InputError(f"{file}: an <image> has no name; export it from CVAT again")
        where = f"{file}: image {name}"
        sides = (cvat.number(image, "width", where), cvat.number(image, "height", where))
        size = picture_size(*sides, where)
        part = part_of_subset(image.get("subset"))
        subsets.setdefault(part, image.get("subset") or "")
        if part not in builders:
            builders[part] = new_builder(
                labels, {"converted_from": str(path)}, options.taxonomy, edges
            )
        builder, ids = builders[part]
        image_id = builder.add_image(name, *size)
        for shape in image:
            if shape.tag not in ("skeleton", "box"):
                losses.add(f"<{shape.tag}> shapes, which are no skeletons and no boxes")
                continue
            label = shape.get("label")
            if label not in ids:
                raise InputError(f"{where}: {shape.tag} {label!r} is no label of the file")
            instrument = builder.instruments[ids[label]]
            if shape.tag == "box":
                box, attributes = cvat_boxes.read_box(shape, f"{where}: {label}")
                keypoints = np.zeros((instrument.num_keypoints, 3))
                place = (image_id, instrument.id)
                add_instance(builder, place, keypoints, box, attributes, losses)
                continue
            points = {
                str(point.get("label")): cvat.read_point(point, f"{where}: {point.get('label')}")
                for point in shape.findall("points")
            }
            keypoints = cvat.order_points(points, instrument, losses)
            attributes = cvat.read_attributes(shape)
            box = cvat.take_skeleton_box(keypoints, attributes, size, losses, f"{where}: {label}")
            place = (image_id, instrument.id)
            add_instance(builder, place, keypoints, box, attributes, losses)
    if not builders:
        raise InputError(f"{file}: holds no images; export it from CVAT again")
    return [
        DatasetPart(
            part, builder.to_dict(), options.images or _image_root(file, subsets[part]), home
        )
        for part, (builder, _) in builders.items()
    ]


def _image_root(file: Path, subset: str) -> Path:
    """``images/SUBSET`` as projects are exported, else ``images``, else the file's folder."""
    images = file.parent / "images"
    own = path_to_read(images, subset, f"{file}: subset") if subset else images
    return next((folder for folder in (own, images) if folder.is_dir()), file.parent)


def _write_skeleton(image: ET.Element, annotation: dict, instrument: Category) -> None:
    shape = ET.SubElement(
        image, "skeleton", label=instrument.name, source="manual", occluded="0", z_order="0"
    )
    places = cvat.point_places(annotation)
    for name, (x, y, v) in zip(instrument.keypoints, places, strict=True):
        ET.SubElement(
            shape,
            "points",
            label=name,
            source="manual",
            outside=str(int(v == 0)),
            occluded=str(int(v == 1)),
            points=cvat.place_text(x, y),
            z_order="0",
        )
    cvat.write_attributes(shape, annotation)
