"""Split a COCO keypoint file into parts such as train, val and test, by group.

A group (usually a video) goes wholly into one part; images, instances per category and keypoints
per visibility are balanced. The table of groups is written along, and a later split keeps what it
says: pictures added to a known group follow it, and only new groups are assigned.

Shapes: F quantities that are balanced, P parts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.annotations.assignment import PARTS, assign_groups, check_ratios
from surgtools.annotations.check.fields import require_writable, shorten
from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.annotations.grouping import BY_VIDEO, GroupBy, build_grouper
from surgtools.annotations.pictures import place_picture
from surgtools.annotations.stream import CocoStream, read_categories
from surgtools.annotations.writer import CocoWriter, open_coco
from surgtools.dataset_folder import annotation_file, picture_folder
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.safe_names import name_below, nearest_below, path_to_read, path_to_write

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
    table = _read_rows(path, group_by)
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


class _Table:
    """A file's rows as text, and what a split must know of them."""

    def __init__(self) -> None:
        self.rest: dict = {}
        self.categories: list[dict] = []
        self.images: list[tuple[object, str]] = []
        self.annotations: list[tuple[object, str]] = []
        self.names: dict[object, str] = {}
        self.group_of: dict[object, str] = {}
        self.tallies: dict[object, dict[object, int]] = {}

    @property
    def feature_names(self) -> list[str]:
        """Names of the quantities; a category goes by its name where the file gives one."""
        return ["images", "empty images", *(self._shown(name) for name in self._tallied())]

    def features(self) -> dict[str, list[float]]:
        """Group name to its quantities, in the order of ``feature_names``."""
        names = ["images", "empty images", *self._tallied()]
        column = {name: n for n, name in enumerate(names)}
        found: dict[str, list[float]] = {}
        for image_id, group in self.group_of.items():
            values = found.setdefault(group, [0] * len(names))
            values[0] += 1
            tally = self.tallies.get(image_id)
            if tally is None:
                values[1] += 1
                continue
            for name, count in tally.items():
                values[column[name]] += count
        return found

    def _tallied(self) -> list[object]:
        """Category ids, then kinds of keypoints, that occur."""
        found = {name for tally in self.tallies.values() for name in tally}
        return sorted(found, key=lambda name: (isinstance(name, str), str(name)))

    def _shown(self, name: object) -> str:
        for category in self.categories:
            if isinstance(category, dict) and category.get("id") == name:
                return str(category.get("name"))
        return str(name)

    def place_below(
        self, file: Path, folders: Mapping[object, Path], allow_outside: bool
    ) -> list[tuple[Path, Path]]:
        """Where each picture lies and where it goes; rows get the names they have there.

        Args:
            folders: image id to the folder of its part's pictures.

        Raises:
            InputError: a name leads out of the data set and must not.
        """
        root, moves = picture_folder(file), []
        for row, (image_id, text) in enumerate(self.images):
            name, where = self.names[image_id], f"{file}: image {image_id}"
            below = nearest_below(name) if allow_outside else name_below(name, where)
            source = path_to_read(root, name, where, allow_outside)
            moves.append((source, path_to_write(folders[image_id], below, where)))
            if below != name:
                self.images[row] = (image_id, json.dumps({**json.loads(text), "file_name": below}))
        return moves

    def write_part(self, writer: CocoWriter, part: int, image_part: Mapping) -> None:
        for key, value in self.rest.items():
            writer.value(key, value)
        writer.value("categories", self.categories)
        writer.table("images", (text for key, text in self.images if image_part[key] == part))
        writer.table(
            "annotations", (text for key, text in self.annotations if image_part[key] == part)
        )


def _read_rows(path: Path, group_by: GroupBy) -> _Table:
    table, stream, group = _Table(), CocoStream(path), build_grouper(group_by)
    unlisted = UnlistedCategories(read_categories(path))
    broken = "`surgtools data check` names all such entries"
    for kind, value, text in stream:
        if kind == "categories":
            if isinstance(value, dict):
                require_writable(value, f"{path}: category {shorten(value.get('name'))}")
            table.categories.append(value)
        elif kind == "images":
            if not isinstance(value, dict) or not (
                isinstance(value.get("id"), int | str) and isinstance(value.get("file_name"), str)
            ):
                raise InputError(
                    f"{path}: image {shorten(value)} needs id and file_name; {broken}"
                )
            if value["id"] in table.names:
                raise InputError(f"{path}: image id {value['id']} occurs twice; {broken}")
            try:
                table.group_of[value["id"]] = group(value)
            except InputError as error:
                raise InputError(f"{path}: {error}") from error
            require_writable(value, f"{path}: image {value['id']} {value['file_name']}")
            table.names[value["id"]] = value["file_name"]
            table.images.append((value["id"], text))
        else:
            try:
                image_id, category = value["image_id"], value["category_id"]
                unlisted.take(value)
                tally = table.tallies.setdefault(image_id, {})
                tally[category] = tally.get(category, 0) + 1
                for v, label in ((1, "hidden keypoints"), (2, "visible keypoints")):
                    count = value.get("keypoints", [])[2::3].count(v)
                    if count:
                        tally[label] = tally.get(label, 0) + count
            except (KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{path}: annotation {shorten(value)} is broken; {broken}"
                ) from error
            require_writable(value, f"{path}: annotation {shorten(value.get('id'))}")
            table.annotations.append((image_id, text))
    stream.require_tables()
    dangling = table.tallies.keys() - table.names.keys()
    if dangling:
        raise InputError(
            f"{path}: an annotation belongs to image {next(iter(dangling))}, which is absent; "
            f"{broken}"
        )
    if not table.images:
        raise InputError(f"{path}: has no images to split")
    unlisted.refuse(path)
    require_writable(stream.rest, f"{path}")
    table.rest = stream.rest
    return table


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
