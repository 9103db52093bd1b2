"""Read YOLO-pose data sets; ``yolo`` says what they look like.

Shapes: k keypoints of a category.
"""

import os
import reprlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.convert.foreign_categories import new_builder
from surgtools.annotations.convert.yolo_settings import Settings, read_settings
from surgtools.annotations.pictures import read_picture
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.images import IMAGE_SUFFIXES
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL

_FARTHEST = 1e6
"""Coordinates are shares of the picture; beyond this they are nothing."""


def read(path: Path, options: Options, losses: Losses) -> list[DatasetPart]:
    """Read a YOLO-pose folder or its ``data.yaml``.

    Without v in the file, keypoints at 0, 0 are unlabelled and the others visible. Files and
    folders whose names start with a dot are none of the data set.

    Raises:
        InputError: broken settings, a missing folder, or a broken line (file and line named).
    """
    file = path / "data.yaml" if path.is_dir() else path
    settings = read_settings(file, options.taxonomy or SURGICAL)
    parts: dict[str, DatasetPart] = {}
    for name in PARTS:
        folders = settings.folders(name, options.allow_outside)
        if not folders or str(folders) in parts:
            continue  # YOLO needs `val`, which may repeat `train`
        info = {"converted_from": str(path)}
        builder, ids = new_builder(dict(settings.labels), info, options.taxonomy)
        one = len(folders) == 1 and folders[0].is_dir()
        root = folders[0] if one else settings.file.parent
        used: set[Path] = set()
        for folder in folders:
            for picture in _pictures(folder, settings.file, options.allow_outside):
                shown = os.path.relpath(picture, root)
                used.add(_read_labels(picture, shown, builder, ids, settings))
        losses.add("label files without a picture", _count_others(used))
        shown = folders[0].name if folders[0].name in PARTS else name
        parts[str(folders)] = DatasetPart(shown, builder.to_dict(), root, settings.file.parent)
    if not parts:
        raise InputError(f"{settings.file}: names neither train nor val nor test; add them")
    return list(parts.values())


def _pictures(folder: Path, file: Path, allow_outside: bool) -> list[Path]:
    if folder.is_dir():
        return sorted(_walk(folder, file, allow_outside))
    if folder.is_file() and folder.suffix == ".txt":
        lines = [line.strip() for line in _read_text(folder).splitlines()]
        return [
            path_to_read(folder.parent, line, f"{folder}: line {n}", allow_outside, file.parent)
            for n, line in enumerate(lines, 1)
            if line
        ]
    raise InputError(f"{file}: {folder} is no folder of pictures; mend `path` or the part")


def _walk(folder: Path, file: Path, allow_outside: bool) -> Iterator[Path]:
    """The pictures below a folder, also through links to folders, each folder once."""
    seen: set[str] = set()
    for here, inner, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        if real in seen:
            inner.clear()
            continue
        seen.add(real)
        inner[:] = sorted(n for n in inner if not n.startswith(".") and n != "__MACOSX")
        for name in (*inner, *names):
            path_to_read(here, name, f"{file}: {here}", allow_outside, file.parent)
        for name in names:
            if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith("."):
                yield Path(here, name)


def _label_file(picture: Path) -> Path:
    words = list(picture.parts)
    if "images" not in words:
        raise InputError(f"{picture}: YOLO finds labels by a folder `images` in the path")
    words[len(words) - 1 - words[::-1].index("images")] = "labels"
    return Path(*words).with_suffix(".txt")


def _count_others(used: set[Path]) -> int:
    """Label files beside the used ones that belong to no picture."""
    there = {
        file
        for folder in {file.parent for file in used}
        if folder.is_dir()
        for file in folder.glob("*.txt")
        if file.name != "classes.txt" and not file.name.startswith(".")
    }
    return len(there - used)


def _read_labels(
    picture: Path, file_name: str, builder: CocoBuilder, ids: dict[str, int], settings: Settings
) -> Path:
    """Add one picture and the lines of its label file, if it has one; return where that is."""
    height, width = read_picture(picture).shape[:2]
    image_id = builder.add_image(file_name, width, height)
    file = _label_file(picture)
    if not file.is_file():
        return file
    names = list(settings.labels)
    for number, line in enumerate(_read_text(file).splitlines(), 1):
        if not line.strip():
            continue
        where = f"{file}: line {number}"
        label, numbers = _parse(line, len(names), settings, where)
        own = settings.labels[names[label]]
        instrument = builder.instruments[ids[names[label]]]
        box, points = numbers[:4], numbers[4:].reshape(-1, settings.values)
        keypoints = np.zeros((len(points), 3))
        keypoints[:, :2] = points[:, :2] * [width, height]
        given = points[:, 2] if settings.values == 3 else 2 * (points != 0).any(axis=1)
        keypoints[:, 2] = given
        if not np.isin(given, (0, 1, 2)).all():
            raise InputError(f"{where} has visibility {given.tolist()}; 0, 1, 2 expected")
        if (given[len(own) :] > 0).any():
            raise InputError(
                f"{where} labels more than the {len(own)} keypoints of {names[label]}; name them "
                "in kpt_names"
            )
        places = dict(zip(own, keypoints, strict=False))
        ordered = np.reshape([places.get(n, np.zeros(3)) for n in instrument.keypoints], (-1, 3))
        center, extent = box[:2] * [width, height], box[2:] * [width, height]
        builder.add_annotation(image_id, instrument.id, ordered, [*(center - extent / 2), *extent])
    return file


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as UTF-8 text ({error}); save it so") from error


def _parse(line: str, classes: int, settings: Settings, where: str) -> tuple[int, np.ndarray]:
    try:
        numbers = np.array([float(word) for word in line.split()])
    except ValueError as error:
        raise InputError(f"{where} is not made of numbers; export it again") from error
    expected = 5 + settings.count * settings.values
    if not (np.abs(numbers) < _FARTHEST).all():
        raise InputError(f"{where} has a number that is no share of a picture; export it again")
    if len(numbers) != expected:
        raise InputError(
            f"{where} has {len(numbers)} numbers, {reprlib.repr(line.strip())}; {expected} are "
            f"expected: 5 and {settings.values} for each of {settings.count} keypoints"
        )
    label = numbers[0]
    if label != int(label) or not 0 <= label < classes:
        raise InputError(f"{where} has class {label:g}; 0 to {classes - 1} is expected")
    if (numbers[3:5] <= 0).any():
        raise InputError(f"{where} has a box without width or height; remove the line")
    return int(label), numbers[1:]
