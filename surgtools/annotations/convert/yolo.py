"""Write YOLO-pose data sets: ``data.yaml``, ``images/PART/*`` and one text file per picture.

A line is ``class cx cy w h`` and x, y, v of each keypoint, all but class and v as shares of the
picture. Every class has as many keypoints as the largest category; the rest is 0 0 0. A crowd
region of COCO is no instance there, and is left out.

Shapes: k keypoints of a category, kmax of the largest.
Source: Ultralytics, "Pose Estimation Datasets Overview".
"""

from pathlib import Path

import numpy as np
import yaml

from surgtools.annotations.convert.coco_files import place_all
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.convert.foreign_categories import to_instruments
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.safe_names import name_below, path_to_write
from surgtools.taxonomy import Category


def write(parts: list[DatasetPart], out: Path, options: Options, losses: Losses) -> None:
    """Write a YOLO-pose folder.

    Raises:
        InputError: two pictures of a part would share a label file, or parts have different
            categories or names that YOLO does not know.
    """
    for part in parts:
        if part.name not in PARTS:
            raise InputError(f"part {part.name}: YOLO knows only {', '.join(PARTS)}")
    instruments = list(to_instruments(parts[0].content["categories"], options.taxonomy).values())
    for part in parts:
        own = to_instruments(part.content["categories"], options.taxonomy)
        if list(own.values()) != instruments:
            raise InputError(
                f"{part.name}: has other categories than {parts[0].name}; merge them first"
            )
    kmax = max((i.num_keypoints for i in instruments), default=0)
    if kmax == 0:
        raise InputError("no category defines keypoints; YOLO-pose needs them")
    losses.fields(parts)
    files = {part.name: _label_files(part, out / "labels" / part.name) for part in parts}
    for part in parts:
        missing = place_all(part, out / "images" / part.name, options)
        losses.add("pictures that were not found; put them into images/", missing)
        _write_labels(part, instruments, kmax, files[part.name], losses)
    settings: dict = {  # without `path`, which YOLO would take from its working directory
        **{part.name: f"images/{part.name}" for part in parts},
        "kpt_shape": [kmax, 3],
        "names": {label: i.name for label, i in enumerate(instruments)},
        "kpt_names": {label: list(i.keypoints) for label, i in enumerate(instruments)},
    }
    for needed in PARTS[:2]:
        settings.setdefault(needed, f"images/{parts[0].name}")
    flip = _flip_indices(instruments, kmax)
    if flip is None:
        losses.add("flip_idx: categories flip differently, train with fliplr=0")
    else:
        settings["flip_idx"] = flip
    with write_whole(out / "data.yaml") as file:
        file.write_text(yaml.safe_dump(settings, sort_keys=False))


def _label_files(part: DatasetPart, folder: Path) -> list[Path]:
    """Where the labels of each image go."""
    written: dict[Path, str] = {}
    for image in part.content["images"]:
        name, where = image["file_name"], f"{part.name}: image {image['id']}"
        target = path_to_write(
            folder, str(Path(name_below(name, where)).with_suffix(".txt")), where
        )
        if target in written:
            raise InputError(
                f"{part.name}: {written[target]} and {name} would share {target.name}; rename one"
            )
        written[target] = name
    return list(written)


def _write_labels(
    part: DatasetPart, instruments: list[Category], kmax: int, files: list[Path], losses: Losses
) -> None:
    label_of = {i.id: label for label, i in enumerate(instruments)}
    by_image: dict[int, list[dict]] = {}
    for annotation in part.content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    for image, target in zip(part.content["images"], files, strict=True):
        size = np.array([image["width"], image["height"]], dtype=float)
        lines = []
        for annotation in by_image.get(image["id"], ()):
            if annotation.get("iscrowd"):
                losses.add("crowd regions (iscrowd), which would be instruments there; left out")
                continue
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


def _flip_indices(instruments: list[Category], kmax: int) -> list[int] | None:
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
