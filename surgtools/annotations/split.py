"""Split a COCO keypoint file into parts such as train, val and test, by group.

A group (usually a video) goes wholly into one part; images, instances per category and keypoints
per visibility are balanced. The table of groups is written along, and a later split keeps what it
says: pictures added to a known group follow it, and only new groups are assigned.

Shapes: F quantities that are balanced, P parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.annotations.assignment import PARTS, assign_groups, check_ratios
from surgtools.annotations.grouping import BY_VIDEO, GroupBy
from surgtools.annotations.pictures import place_picture
from surgtools.annotations.split_rows import read_rows
from surgtools.annotations.writer import open_coco
from surgtools.dataset_folder import annotation_file
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.safe_names import name_below

ASSIGNMENT_FILE = "split.json"


@dataclass
class SplitSummary:
    """What went where.

    Attributes:
        parts: names, in order.
        ratios: the shares asked for.
        groups: group name to part.
        features: names of the balanced quantities, for example ``images``.
        totals: (P, F) of each quantity in each part.
        kept: number of groups whose part came from an earlier split.
        missing: pictures that were to be put into the parts and were not there.
    """

    parts: tuple[str, ...]
    ratios: tuple[float, ...]
    groups: dict[str, str]
    features: list[str]
    totals: np.ndarray
    kept: int
    missing: int = 0


def split_file(
    path: str | Path,
    out_dir: str | Path,
    ratios: Sequence[float],
    seed: int = 0,
    group_by: GroupBy = BY_VIDEO,
    parts: Sequence[str] = PARTS,
    pictures: str = "link",
    allow_outside: bool = False,
) -> SplitSummary:
    """Split one file into ``out_dir/PART/coco_keypoints.json``.

    Rows are copied as they stand, ids included. ``out_dir/split.json`` holds the group of every
    part; when it exists already, its assignments are kept.

    Args:
        ratios: shares of the parts, with sum 1; one for each of ``parts``.
        seed: see ``assign_groups``.
        group_by: which images belong together.
        pictures: ``link`` or ``copy`` puts those that are there into ``PART/images``, ``keep``
            leaves them alone.
        allow_outside: pictures may lie outside the data set; they come into it.

    Raises:
        InputError: unreadable input, ratios that do not fit, an image that finds no group, a name
            that leads out of the data set, or an ``out_dir`` with parts of another split (seed,
            grouping), which could share a group.
    """
    check_ratios(ratios, parts)
    for part in parts:
        name_below(part, "--parts")
    path, out_dir = Path(path), Path(out_dir)
    settings = {"seed": seed, "parts": list(parts), "group_by": vars(group_by)}
    previous = _read_previous(out_dir / ASSIGNMENT_FILE, settings)
    if not previous:
        _refuse_other_data(out_dir, parts)
    table = read_rows(path, group_by)
    groups = assign_groups(table.features(), ratios, seed, parts, previous)
    part_of = {name: parts.index(part) for name, part in groups.items()}
    image_part = {image_id: part_of[name] for image_id, name in table.group_of.items()}
    missing = 0
    if pictures != "keep":
        folders = {i: out_dir / parts[part] / "images" for i, part in image_part.items()}
        moves = table.place_below(path, folders, allow_outside)
        found = [(source, target) for source, target in moves if source.is_file()]
        missing = len(moves) - len(found)
        for source, target in found:
            place_picture(source, target, pictures)
    for number, part in enumerate(parts):
        if ratios[number] > 0 or number in part_of.values():
            with open_coco(annotation_file(out_dir, part)) as writer:
                table.write_part(writer, number, image_part)
    write_json(
        out_dir / ASSIGNMENT_FILE,
        {**settings, "ratios": list(ratios), "groups": {**previous, **groups}},
        indent=1,
    )
    totals = np.zeros((len(parts), len(table.feature_names)))
    for name, values in table.features().items():
        totals[part_of[name]] += values
    return SplitSummary(
        tuple(parts),
        tuple(ratios),
        groups,
        table.feature_names,
        totals,
        len(previous.keys() & groups.keys()),
        missing,
    )


def _read_previous(path: Path, settings: dict) -> dict[str, str]:
    if not path.is_file():
        return {}
    earlier = read_json(path)
    try:
        other = [key for key in settings if earlier[key] != settings[key]]
        groups = dict(earlier["groups"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: is no table of a split; choose another folder") from error
    if other:
        raise InputError(
            f"{path}: an earlier split had {other[0]} {earlier[other[0]]}, now "
            f"{settings[other[0]]}; mixing them would put one group into two parts: keep the "
            "setting or choose another folder"
        )
    return groups


def _refuse_other_data(out_dir: Path, parts: Sequence[str]) -> None:
    for part in parts:
        path = annotation_file(out_dir, part)
        if path.exists():
            raise InputError(
                f"{path}: is there without a {ASSIGNMENT_FILE}, so a group could land in two "
                "parts; choose an empty folder"
            )
