"""MMPose's JSON of one picture's instances, alone or a folder of them, and predictions.json.

MMPose's inferencers write one file per picture into ``pred_out_dir``, named like the picture: a
list ``[{keypoints, keypoint_scores, bbox: [[x1, y1, x2, y2]], bbox_score}]``. Its demos write the
list under ``instance_info``, into ``results_PICTURE.json``. Neither says the category.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.evaluation.readers.picture_index import PictureIndex, left_out_note
from surgtools.evaluation.readers.predictions_json import frames_to_rows, to_row
from surgtools.files import read_json
from surgtools.taxonomy import SURGICAL, Taxonomy

DEMO_PREFIX = "results_"


def read_mmpose_json(
    path: Path, ground_truth: Mapping, taxonomy: Taxonomy = SURGICAL
) -> tuple[list[dict], list[str]]:
    """Read a folder of per-picture files, one such file, or predictions.json.

    A per-picture file belongs to the picture with its name, whatever the suffix; a picture without
    a file has no instance. Instances without ``category_id`` are of the one category that the
    ground truth holds; a note says so.

    Raises:
        InputError: unreadable or of another form; no file of the folder is of a known picture; an
            instance says no category and the ground truth holds several, or none.
    """
    if path.is_dir():
        files = {file: read_json(file) for file in sorted(path.rglob("*.json"))}
        if not files:
            raise InputError(f"{path}: holds no .json file; give MMPose's pred_out_dir")
        return _read_pictures(files, path, ground_truth, taxonomy)
    content = read_json(path)
    if _is_of_frames(content):
        return frames_to_rows(content, ground_truth, str(path), taxonomy)
    return _read_pictures({path: content}, path.parent, ground_truth, taxonomy)


def _is_of_frames(content: Any) -> bool:
    """Whether it is predictions.json, or nothing this module knows."""
    if isinstance(content, list):
        return False
    entries = content.get("instance_info") if isinstance(content, Mapping) else None
    return not isinstance(entries, list) or not entries or _is_frame(entries[0])


def _is_frame(entry: Any) -> bool:
    return isinstance(entry, Mapping) and bool({"instances", "image", "video"} & entry.keys())


def _read_pictures(
    files: Mapping[Path, Any], folder: Path, ground_truth: Mapping, taxonomy: Taxonomy
) -> tuple[list[dict], list[str]]:
    index = PictureIndex(ground_truth, by_stem=True)
    present = {row["category_id"] for row in ground_truth["annotations"]}
    names = [_name(index, file.relative_to(folder)) for file in files]
    images = index.find_all(names)
    rows, unknown, num_silent = [], [], 0
    for (file, content), name in zip(files.items(), names, strict=True):
        entries = _instances(content, file)
        image = images.get(name)
        if image is None:
            unknown.append(file.name)
            continue
        for number, entry in enumerate(entries):
            where = f"{file}: instance {number}"
            if isinstance(entry, Mapping) and entry.get("category_id") is None:
                entry = {**entry, "category_id": _only_category(present, where, taxonomy)}
                num_silent += 1
            rows.append(to_row(entry, image["id"], where, taxonomy))
    notes = left_out_note(unknown, len(files) - len(unknown), str(folder))
    if num_silent:
        name = taxonomy.get(*present).name
        notes.append(
            f"{num_silent} instances say no category and count as {name}, the only one that the "
            "ground truth holds"
        )
    return rows, notes


def _name(index: PictureIndex, name: Path) -> str:
    """What the picture of a file is called, without the prefix of the demos."""
    plain = name.with_name(name.name.removeprefix(DEMO_PREFIX))
    return (name if index.find(name.as_posix()) else plain).as_posix()


def _instances(content: Any, file: Path) -> list:
    entries = content.get("instance_info") if isinstance(content, Mapping) else content
    if not isinstance(entries, list) or any(_is_frame(entry) for entry in entries):
        raise InputError(
            f"{file}: holds no list of one picture's instances; give MMPose's files of pictures, "
            "or the predictions.json of `surgtools predict` by its own name"
        )
    return entries


def _only_category(present: set[int], where: str, taxonomy: Taxonomy) -> int:
    if len(present) == 1:
        return next(iter(present))
    names = ", ".join(taxonomy.get(i).name for i in sorted(present)) or "no instance"
    raise InputError(
        f"{where} has no category_id (MMPose leaves it out) and the ground truth holds {names}; "
        "write category_id into every instance, or predict with `surgtools predict`"
    )
