"""COCO files and data set folders as a conversion's source and target."""

from pathlib import Path

from surgtools.annotations.check import find_problems
from surgtools.annotations.convert.parts import PART_NAMES, Losses, Options, Part
from surgtools.annotations.pictures import find_image_root, place_picture
from surgtools.errors import InputError
from surgtools.files import read_json, write_json

FILE_NAME = "coco_keypoints.json"

_FATAL = {
    "annotation-category",
    "annotation-dangling",
    "annotation-entry",
    "category-duplicate",
    "image-entry",
    "image-id-duplicate",
    "keypoint-count",
    "keypoint-visibility",
    "number",
}
"""Problems that leave no meaning to convert; all others are carried through."""


def read(path: Path, options: Options, losses: Losses) -> list[Part]:
    """Read one file, or ``PART/coco_keypoints.json`` of a data set folder.

    Raises:
        InputError: no such file, or entries that mean nothing.
    """
    if path.is_dir():
        files = sorted(path.glob(f"*/{FILE_NAME}"), key=_usual_order)
        files = files or sorted(path.glob(FILE_NAME))
        if not files:
            raise InputError(f"{path}: holds no PART/{FILE_NAME}; name a file or such a folder")
    else:
        files = [path]
    return [_read_file(file, options) for file in files]


def write(parts: list[Part], out: Path, options: Options, losses: Losses) -> None:
    """Write one part as a file (``out`` ends in .json), or all as a data set folder."""
    if out.suffix == ".json":
        if len(parts) != 1:
            names = ", ".join(part.name for part in parts)
            raise InputError(
                f"{out}: the source has the parts {names}; give a folder to keep them apart"
            )
        write_json(out, parts[0].content)
        return
    for part in parts:
        missing = place_all(part, out / part.name / "images", options)
        losses.add("pictures that were not found; put them into images/", missing)
        write_json(out / part.name / FILE_NAME, part.content)


def place_all(part: Part, folder: Path, options: Options) -> int:
    """Put a part's pictures into a folder; returns how many were not there."""
    missing = 0
    for image in part.content["images"]:
        source = part.image_root / image["file_name"]
        if not source.is_file():
            missing += 1
        elif options.pictures != "keep":
            place_picture(source, folder / image["file_name"], options.pictures)
    return missing


def part_name(path: Path) -> str:
    """``train``, ``val`` or ``test`` when the file's folder is called so, else ``train``."""
    return path.parent.name if path.parent.name in PART_NAMES else PART_NAMES[0]


def _read_file(path: Path, options: Options) -> Part:
    content = read_json(path)
    if not isinstance(content, dict):
        raise InputError(f"{path}: a COCO file is an object with images, annotations, categories")
    for table in ("images", "annotations", "categories"):
        if not isinstance(content.get(table), list):
            raise InputError(f"{path}: the list `{table}` is missing; export it as COCO keypoints")
    for category in content["categories"]:
        if not _is_category(category):
            raise InputError(
                f"{path}: category {category!r} needs an id, a name and a list of keypoint names"
            )
    fatal = [p for p in find_problems(content, str(path)) if p.code in _FATAL]
    if fatal:
        more = f" and {len(fatal) - 1} more such problems" if len(fatal) > 1 else ""
        raise InputError(f"{fatal[0]}{more}; `surgtools data check` names them")
    return Part(part_name(path), content, options.images or find_image_root(path))


def _is_category(row: object) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("id"), int):
        return False
    keypoints = row.get("keypoints", [])
    named = isinstance(keypoints, list) and all(isinstance(name, str) for name in keypoints)
    return named and isinstance(row.get("name"), str)


def _usual_order(path: Path) -> tuple[int, str]:
    name = path.parent.name
    return (PART_NAMES.index(name) if name in PART_NAMES else len(PART_NAMES), name)
