"""YOLO-pose data sets: ``data.yaml``, ``images/PART/*`` and one text file per picture.

A line is ``class cx cy w h`` and x, y, v of each keypoint, all but class and v as shares of the
picture. Every class has as many keypoints as the largest category; the rest is 0 0 0.

Shapes: k keypoints of a category, kmax of the largest.
Source: Ultralytics, "Pose Estimation Datasets Overview".
"""

import math
import os
from pathlib import Path

import numpy as np
import yaml

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.convert.coco_files import place_all
from surgtools.annotations.convert.parts import (
    PART_NAMES,
    Losses,
    Options,
    Part,
    new_builder,
    to_instruments,
)
from surgtools.annotations.pictures import read_picture
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.metainfo import INSTRUMENTS, Instrument

_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def write(parts: list[Part], out: Path, options: Options, losses: Losses) -> None:
    """Write a YOLO-pose folder.

    Raises:
        InputError: two pictures of a part would share a label file, or parts have different
            categories or names that YOLO does not know.
    """
    for part in parts:
        if part.name not in PART_NAMES:
            raise InputError(f"part {part.name}: YOLO knows only {', '.join(PART_NAMES)}")
    instruments = list(to_instruments(parts[0].content["categories"]).values())
    for part in parts:
        if list(to_instruments(part.content["categories"]).values()) != instruments:
            raise InputError(
                f"{part.name}: has other categories than {parts[0].name}; merge them first"
            )
    kmax = max((i.num_keypoints for i in instruments), default=0)
    if kmax == 0:
        raise InputError("no category defines keypoints; YOLO-pose needs them")
    losses.fields(parts)
    for part in parts:
        missing = place_all(part, out / "images" / part.name, options)
        losses.add("pictures that were not found; put them into images/", missing)
        _write_labels(part, instruments, kmax, out / "labels" / part.name, losses)
    settings: dict = {  # without `path`, which YOLO would take from its working directory
        **{part.name: f"images/{part.name}" for part in parts},
        "kpt_shape": [kmax, 3],
        "names": {label: i.name for label, i in enumerate(instruments)},
        "kpt_names": {label: list(i.keypoints) for label, i in enumerate(instruments)},
    }
    for needed in PART_NAMES[:2]:
        settings.setdefault(needed, f"images/{parts[0].name}")
    flip = _flip_indices(instruments, kmax)
    if flip is None:
        losses.add("flip_idx: categories flip differently, train with fliplr=0")
    else:
        settings["flip_idx"] = flip
    with write_whole(out / "data.yaml") as file:
        file.write_text(yaml.safe_dump(settings, sort_keys=False))


def read(path: Path, options: Options, losses: Losses) -> list[Part]:
    """Read a YOLO-pose folder or its ``data.yaml``.

    Keypoint names come from ``kpt_names``, else from ``metainfo`` by class name, else they are
    numbers. Without v in the file, keypoints at 0, 0 are unlabelled and the others visible.

    Raises:
        InputError: broken settings, a missing folder, or a broken line (file and line named).
    """
    file = path / "data.yaml" if path.is_dir() else path
    settings = _read_settings(file)
    count, values = settings["kpt_shape"]
    labels = _labels(settings, count, file)
    root = file.parent / str(settings.get("path") or ".")
    parts: dict[str, Part] = {}
    for name in PART_NAMES:
        if name not in settings or str(settings[name]) in parts:
            continue  # YOLO needs `val`, which may repeat `train`
        entry = settings[name]
        folders = [root / str(f) for f in (entry if isinstance(entry, list) else [entry])]
        builder, ids = new_builder(dict(labels), {"converted_from": str(path)})
        for folder in folders:
            base = folder if folder.is_dir() else root
            for picture in _pictures(folder, file):
                shown = os.path.relpath(picture, base if len(folders) == 1 else root)
                _read_labels(picture, shown, builder, ids, labels, values)
        image_root = folders[0] if len(folders) == 1 and folders[0].is_dir() else root
        shown = folders[0].name if folders[0].name in PART_NAMES else name
        parts[str(entry)] = Part(shown, builder.to_dict(), image_root)
    if not parts:
        raise InputError(f"{file}: names neither train nor val nor test; add them")
    return list(parts.values())


def _write_labels(
    part: Part, instruments: list[Instrument], kmax: int, folder: Path, losses: Losses
) -> None:
    label_of = {i.id: label for label, i in enumerate(instruments)}
    by_image: dict[int, list[dict]] = {}
    for annotation in part.content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    written: dict[Path, str] = {}
    for image in part.content["images"]:
        target = (folder / image["file_name"]).with_suffix(".txt")
        if target in written:
            raise InputError(
                f"{part.name}: {written[target]} and {image['file_name']} would share "
                f"{target.name}; rename one"
            )
        written[target] = image["file_name"]
        size = np.array([image["width"], image["height"]], dtype=float)
        lines = []
        for annotation in by_image.get(image["id"], ()):
            keypoints = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
            label = label_of[annotation["category_id"]]
            lines.append(_line(label, annotation["bbox"], keypoints, size, kmax, losses))
        with write_whole(target) as file:
            file.write_text("".join(f"{line}\n" for line in lines))


def _line(
    label: int, bbox: list, keypoints: np.ndarray, size: np.ndarray, kmax: int, losses: Losses
) -> str:
    box = np.array(bbox, dtype=float)
    low, high = np.clip(box[:2], 0, size), np.clip(box[:2] + box[2:], 0, size)
    if not np.allclose([*low, *high], [*box[:2], *(box[:2] + box[2:])], atol=1e-9):
        losses.add("parts of boxes outside the picture")
    xy, v = keypoints[:, :2] / size, keypoints[:, 2]
    outside = (v > 0) & ((xy < 0) | (xy > 1)).any(axis=1)
    losses.add("labelled keypoints outside the picture, now v = 0", int(outside.sum()))
    keep = (v > 0) & ~outside
    words = [
        str(label),
        *(_number(n) for n in (*((low + high) / 2 / size), *((high - low) / size))),
    ]
    for (x, y), visibility, kept in zip(xy, v, keep, strict=True):
        words += [_number(x), _number(y), str(int(visibility))] if kept else ["0", "0", "0"]
    words += ["0", "0", "0"] * (kmax - len(keypoints))
    return " ".join(words)


def _number(value: float) -> str:
    """Nine digits: a millionth of a pixel, so that pixels come back as they were."""
    return f"{value:.9f}".rstrip("0").rstrip(".") or "0"


def _flip_indices(instruments: list[Instrument], kmax: int) -> list[int] | None:
    """One permutation for all classes, or None when they need different ones."""
    merged = list(range(kmax))
    for instrument in instruments:
        for i, j in enumerate(instrument.flip_indices):
            if i != j and merged[i] not in (i, j):
                return None
            merged[i] = j if i != j else merged[i]
    for instrument in instruments:
        if merged[: instrument.num_keypoints] != instrument.flip_indices:
            return None
    return merged


def _read_settings(file: Path) -> dict:
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); name a data.yaml") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = str(error).replace("\n", " ")
        raise InputError(f"{file}: is no YAML ({reason}); mend it") from error
    if not isinstance(settings, dict):
        raise InputError(f"{file}: holds no settings; names, kpt_shape and train are expected")
    shape = settings.get("kpt_shape")
    if not (
        isinstance(shape, list)
        and len(shape) == 2
        and isinstance(shape[0], int)
        and shape[0] > 0
        and shape[1] in (2, 3)
    ):
        raise InputError(f"{file}: kpt_shape {shape}; [number of keypoints, 2 or 3] is expected")
    if not isinstance(settings.get("names"), list | dict) or not settings["names"]:
        raise InputError(f"{file}: names {settings.get('names')}; a list or table is expected")
    return settings


def _labels(settings: dict, count: int, file: Path) -> dict[str, list[str]]:
    """Class names in label order, each with its keypoint names."""
    names = settings["names"]
    names = list(enumerate(names)) if isinstance(names, list) else sorted(names.items())
    if [label for label, _ in names] != list(range(len(names))):
        raise InputError(f"{file}: names must be numbered from 0 without gaps")
    known = {instrument.name: list(instrument.keypoints) for instrument in INSTRUMENTS}
    given = settings.get("kpt_names")
    given = given if isinstance(given, dict) else {}
    labels = {}
    for label, name in names:
        keypoints = given.get(label, known.get(str(name), [f"{n + 1}" for n in range(count)]))
        if not isinstance(keypoints, list) or len(keypoints) > count:
            raise InputError(
                f"{file}: class {name} has keypoints {keypoints}, kpt_shape allows {count}"
            )
        labels[str(name)] = [str(keypoint) for keypoint in keypoints]
    return labels


def _pictures(folder: Path, file: Path) -> list[Path]:
    if folder.is_dir():
        return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
    if folder.is_file() and folder.suffix == ".txt":
        lines = folder.read_text(encoding="utf-8").split("\n")
        return [folder.parent / line.strip() for line in lines if line.strip()]
    raise InputError(f"{file}: {folder} is no folder of pictures; mend `path` or the part")


def _read_labels(
    picture: Path,
    file_name: str,
    builder: CocoBuilder,
    ids: dict[str, int],
    labels: dict[str, list[str]],
    values: int,
) -> None:
    """Add one picture and the lines of its label file, if it has one."""
    height, width = read_picture(picture).shape[:2]
    image_id = builder.add_image(file_name, width, height)
    words = list(picture.parts)
    if "images" not in words:
        raise InputError(f"{picture}: YOLO finds labels by a folder `images` in the path")
    words[len(words) - 1 - words[::-1].index("images")] = "labels"
    file = Path(*words).with_suffix(".txt")
    if not file.is_file():
        return
    names = list(labels)
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{file}: line {number}"
        label, numbers = _parse(line, len(names), values, where)
        instrument = builder.instruments[ids[names[label]]]
        box, points = numbers[:4], numbers[4:].reshape(-1, values)
        keypoints = np.zeros((len(points), 3))
        keypoints[:, :2] = points[:, :2] * [width, height]
        keypoints[:, 2] = points[:, 2] if values == 3 else 2 * (points != 0).any(axis=1)
        if not np.isin(keypoints[:, 2], (0, 1, 2)).all():
            raise InputError(
                f"{where} has visibility {keypoints[:, 2].tolist()}; 0, 1, 2 expected"
            )
        own = {name: row for name, row in zip(labels[names[label]], keypoints, strict=False)}
        ordered = [own.get(name, np.zeros(3)) for name in instrument.keypoints]
        center, extent = box[:2] * [width, height], box[2:] * [width, height]
        builder.add_annotation(image_id, instrument.id, ordered, [*(center - extent / 2), *extent])


def _parse(line: str, classes: int, values: int, where: str) -> tuple[int, np.ndarray]:
    try:
        numbers = np.array([float(word) for word in line.split()])
    except ValueError as error:
        raise InputError(f"{where} is not made of numbers; export it again") from error
    if len(numbers) < 5 or (len(numbers) - 5) % values or not np.isfinite(numbers).all():
        raise InputError(f"{where} has {len(numbers)} numbers; 5 + keypoints x {values} expected")
    label = numbers[0]
    if label != math.floor(label) or not 0 <= label < classes:
        raise InputError(f"{where} has class {label:g}; 0 to {classes - 1} is expected")
    if (numbers[3:5] <= 0).any():
        raise InputError(f"{where} has a box without width or height; remove the line")
    return int(label), numbers[1:]
