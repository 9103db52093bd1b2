"""COCO files and data set folders as a conversion's source and target."""

from pathlib import Path

from surgtools.annotations.check import find_problems
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.pictures import place_picture
from surgtools.dataset_folder import ANNOTATIONS, PARTS, annotation_files, picture_folder
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.safe_names import path_to_write
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import FILE_NAME, write_taxonomy

_FATAL = {
    "annotation-category",
    "annotation-dangling",
    "annotation-entry",
    "category-duplicate",
    "category-unlisted",
    "image-entry",
    "image-id-duplicate",
    "keypoint-absent",
    "keypoint-count",
    "keypoint-visibility",
    "number",
}
"""Problems that leave no meaning to convert; all others are carried through."""


def read(path: Path, options: Options, losses: Losses) -> list[DatasetPart]:
    """Read one file, or ``PART/coco_keypoints.json`` of a data set folder.

    Raises:
        InputError: no such file, or entries that mean nothing.
    """
    if path.is_dir():
        files = annotation_files(path)
        files = files or sorted(path.glob(ANNOTATIONS))
        if not files:
            raise InputError(f"{path}: holds no PART/{ANNOTATIONS}; name a file or such a folder")
    else:
        files = [path]
    return [_read_file(file, options, path if path.is_dir() else None) for file in files]


def write(parts: list[DatasetPart], out: Path, options: Options, losses: Losses) -> None:
    """Write one part as a file (``out`` ends in .json), or all as a data set folder.

    A folder also gets the taxonomy that was given.
    """
    if out.suffix == ".json":
        if len(parts) != 1:
            names = ", ".join(part.name for part in parts)
            raise InputError(
                f"{out}: the source has the parts {names}; give a folder to keep them apart"
            )
        write_json(out, parts[0].content)
        return
    if options.taxonomy is not None:
        write_taxonomy(options.taxonomy, out / FILE_NAME)
    for part in parts:
        folder = path_to_write(out, part.name, f"part {part.name!r}")
        missing = place_all(part, folder / "images", options)
        losses.add("pictures that were not found; put them into images/", missing)
        write_json(folder / ANNOTATIONS, part.content)


def place_all(part: DatasetPart, folder: Path, options: Options) -> int:
    """Put a part's pictures into a folder; returns how many were not there.

    Raises:
        InputError: a name leads out of the folder, or out of the data set that it is read from;
            no picture is put anywhere then.
    """
    moves = []
    for image in part.content["images"]:
        name, where = image["file_name"], f"{part.name}: image {image['id']}"
        source = part.path_of(name, where, options.allow_outside)
        moves.append((source, path_to_write(folder, name, where)))
    found = [(source, target) for source, target in moves if source.is_file()]
    for source, target in found if options.pictures != "keep" else ():
        place_picture(source, target, options.pictures)
    return len(moves) - len(found)


def part_name(path: Path) -> str:
    """``train``, ``val`` or ``test`` when the file's folder is called so, else ``train``."""
    return path.parent.name if path.parent.name in PARTS else PARTS[0]


def _read_file(path: Path, options: Options, dataset: Path | None) -> DatasetPart:
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
    known = options.taxonomy or SURGICAL
    fatal = [p for p in find_problems(content, str(path), known) if p.code in _FATAL]
    if fatal:
        more = f" and {len(fatal) - 1} more such problems" if len(fatal) > 1 else ""
        raise InputError(f"{fatal[0]}{more}; `surgtools data check` names them")
    for category in content["categories"]:
        own = next((own for own in known.categories if own.name == category["name"]), None)
        if own is not None and not category.get("keypoints"):
            category["keypoints"] = list(own.keypoints)  # as the check has counted them
    for row in content["annotations"]:
        row.setdefault("keypoints", [])  # of categories of boxes, where files may leave them out
    if options.images:
        return DatasetPart(part_name(path), content, options.images)
    return DatasetPart(part_name(path), content, picture_folder(path), dataset)


def _is_category(row: object) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("id"), int):
        return False
    keypoints = row.get("keypoints", [])
    named = isinstance(keypoints, list) and all(isinstance(name, str) for name in keypoints)
    return named and isinstance(row.get("name"), str)
