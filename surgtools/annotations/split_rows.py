"""The rows of a COCO file by group, as text, and what a split balances of each group."""

import json
from collections.abc import Mapping
from pathlib import Path

from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.annotations.check.writable import require_writable, shorten
from surgtools.annotations.grouping import GroupBy, build_grouper
from surgtools.annotations.stream import CocoStream, read_categories
from surgtools.annotations.writer import CocoWriter
from surgtools.dataset_folder import picture_folder
from surgtools.errors import InputError
from surgtools.safe_names import name_below, nearest_below, path_to_read, path_to_write


class RowsByGroup:
    """A file's rows as text, and what a split must know of them.

    Attributes:
        rest: top-level values beside the tables.
        categories: the category table.
        images, annotations: ids of images, each with the text of its row.
        names: image id to ``file_name``.
        group_of: image id to the name of its group.
        tallies: image id to category ids and kinds of keypoints, each with how many there are.
    """

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
        """Write the rows of one part; ``image_part`` says in which part each image is."""
        for key, value in self.rest.items():
            writer.value(key, value)
        writer.value("categories", self.categories)
        writer.table("images", (text for key, text in self.images if image_part[key] == part))
        writer.table(
            "annotations", (text for key, text in self.annotations if image_part[key] == part)
        )


def read_rows(path: Path, group_by: GroupBy) -> RowsByGroup:
    """Read a whole file, and find the group of every image.

    Raises:
        InputError: the file or a row cannot be carried over, or an image finds no group.
    """
    table, stream, group = RowsByGroup(), CocoStream(path), build_grouper(group_by)
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
