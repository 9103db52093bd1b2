"""Read exports of Label Studio; ``label_studio`` says what their tasks look like."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from surgtools.annotations.check.writable import shorten
from surgtools.annotations.convert.dataset_parts import (
    IMAGE_FIELDS,
    DatasetPart,
    Losses,
    Options,
    add_image,
    add_instance,
    picture_size,
)
from surgtools.annotations.convert.foreign_categories import known_names, new_builder
from surgtools.annotations.convert.label_studio import FILE_NAME
from surgtools.annotations.convert.label_studio_instances import (
    LabelStudioInstance,
    read_instances,
)
from surgtools.annotations.convert.label_studio_regions import Region, read_regions
from surgtools.annotations.pictures import read_picture
from surgtools.dataset_folder import PARTS, picture_folder
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy


def read(path: Path, options: Options, losses: Losses) -> list[DatasetPart]:
    """Read an export in Label Studio's JSON format (not JSON-MIN).

    The newest annotation of a task counts; a task without one gives its first prediction, and one
    without either is a picture without instruments.

    Raises:
        InputError: no task list, or regions that cannot be put together.
    """
    file = _export_in(path) if path.is_dir() else path
    tasks = read_json(file)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InputError(f"{file}: a list of tasks is expected; export as JSON, not JSON-MIN")
    if not tasks:
        raise InputError(f"{file}: holds no task; export it from Label Studio again")
    root = options.images or (picture_folder(file))
    known = options.taxonomy or SURGICAL
    found = []
    for row, task in enumerate(tasks):
        where = f"{file}: task {shorten(task.get('id', row))}"
        data = task.get("data")
        if not isinstance(data, dict):
            raise InputError(f"{where} has no data; export as JSON, not JSON-MIN")
        regions = read_regions(task, where, losses)
        name = data.get("file_name") or _name_from_url(data.get("image"), where)
        size = _size(data, regions, where) or _size_of(root, name, options, where)
        instances = list(read_instances(regions, size, where, losses, known))
        found.append((where, data, name, size, instances))
    labels = _labels([instance for *_, instances in found for instance in instances], known)
    losses.add(
        "categories numbered as they occur, --taxonomy FILE keeps yours",
        len(labels.keys() - known_names(labels, known)),
    )
    builders: dict[str, Any] = {}
    for where, data, name, size, instances in found:
        part = data.get("split") or PARTS[0]
        if not isinstance(part, str):
            raise InputError(f"{where} has split {shorten(part)}; train, val or test is expected")
        if part not in builders:
            info = {"converted_from": str(path)}
            builders[part] = new_builder(labels, info, options.taxonomy)
        builder, ids = builders[part]
        extras = {k: v for k, v in data.items() if k not in {*IMAGE_FIELDS, "image", "split"}}
        image_id = add_image(builder, name, size, extras, losses)
        for instance in instances:
            instrument = builder.instruments[ids[instance.category]]
            keypoints = _ordered(instance, instrument.keypoints, where)
            place = (image_id, instrument.id)
            add_instance(builder, place, keypoints, instance.box, instance.extras, losses)
    return [DatasetPart(part, builder.to_dict(), root) for part, (builder, _) in builders.items()]


def _export_in(folder: Path) -> Path:
    """Our own file, or the only JSON of an unpacked export."""
    others = sorted(folder.glob("*.json"))
    ours = folder / FILE_NAME
    return others[0] if not ours.exists() and len(others) == 1 else ours


def _ordered(instance: LabelStudioInstance, names: tuple[str, ...], where: str) -> np.ndarray:
    unknown = instance.keypoints.keys() - set(names)
    if unknown:
        raise InputError(
            f"{where} has the keypoint {instance.category}.{min(unknown)}, which "
            f"{instance.category} does not define; rename it, or say what there is with --taxonomy"
        )
    rows = [instance.keypoints.get(name, np.zeros(3)) for name in names]
    return np.array(rows).reshape(-1, 3)


def _labels(instances: list[LabelStudioInstance], taxonomy: Taxonomy) -> Mapping[str, list[str]]:
    """Categories and keypoints that occur; those of the taxonomy with all their keypoints."""
    known = {own.name: list(own.keypoints) for own in taxonomy.categories}
    labels: dict[str, list[str]] = {}
    for instance in instances:
        names = labels.setdefault(instance.category, known.get(instance.category, []))
        if instance.category not in known:
            names += [name for name in instance.keypoints if name not in names]
    return labels or known


def _size(data: dict, regions: list[Region], where: str) -> tuple[int, int] | None:
    """What the regions, or else the data, say of the picture's size; None when neither does."""
    given = [(r.content.get("original_width"), r.content.get("original_height")) for r in regions]
    for width, height in (*given, (data.get("width"), data.get("height"))):
        if width is not None and height is not None:
            return picture_size(width, height, where)
    return None


def _size_of(root: Path, name: object, options: Options, where: str) -> tuple[int, int]:
    path = path_to_read(root, name, where, options.allow_outside)
    try:
        height, width = read_picture(path).shape[:2]
    except InputError as error:
        raise InputError(
            f"{where} does not say the size of its picture, and {path} cannot be read; add "
            "data.width and data.height, or name the folder of the pictures with --images"
        ) from error
    return width, height


def _name_from_url(url: object, where: str) -> str:
    """``set/a b.jpg`` of local storage, else the last part of the address without its query."""
    if not isinstance(url, str) or not url:
        raise InputError(f"{where} names no picture in data.image; add data.file_name")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InputError(f"{where}: data.image {shorten(url)} is no address ({error})") from error
    words = [word for word in parts.query.split("&") if word.startswith("d=")]
    if words and "local-files" in parts.path:
        return unquote(words[0].removeprefix("d="))
    return unquote(parts.path.rpartition("/")[2]) or unquote(url)
