"""The categories of one annotation file or of a whole dataset folder, and what their rows show."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surgtools.annotations import stream
from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.annotations.stream import CocoStream
from surgtools.dataset_folder import PARTS, annotation_file
from surgtools.errors import InputError


@dataclass
class Categories:
    """The ``categories`` of one annotation file or of all files of a dataset folder.

    Attributes:
        rows: COCO's rows, in the order in which they come up.
        num_keypoints: category id to the number of keypoints of its first annotation that has
            any.
        files: where the rows come from.
        uneven: one line about the first annotation that has another number.
        unlisted: annotations of categories that no file lists, and the first file that has some.
    """

    rows: list[dict] = field(default_factory=list)
    num_keypoints: dict[int, int] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    uneven: str | None = None
    unlisted: tuple[Path, UnlistedCategories] | None = None


def collect_categories(data: str | Path) -> Categories:
    """Collect the categories of an annotation file, or of all parts of a dataset folder.

    A category may occur in one part only. Memory holds one annotation at a time.

    Raises:
        InputError: two files define one category differently.
    """
    data = Path(data)
    files = [data] if data.is_file() else [annotation_file(data, part) for part in PARTS]
    found = Categories(files=[file for file in files if file.is_file()])
    for file in found.files:
        rows = ((table, row) for table, row, _ in CocoStream(file))
        add_rows(rows, stream.read_categories(file), found, file)
    return found


def add_rows(rows: Iterable[tuple[str, Any]], listed: list, found: Categories, file: Path) -> None:
    """Collect from the rows of one file, each with the name of its table.

    Args:
        listed: the file's categories, which may stand behind the annotations.
    """
    known = {row["id"]: row for row in found.rows if isinstance(row.get("id"), int)}
    unlisted = UnlistedCategories(listed)
    for table, row in rows:
        if not isinstance(row, dict):
            continue
        if table == "categories" and not isinstance(row.get("id"), int):
            found.rows.append(row)  # who turns rows into categories says what is wrong
        elif table == "categories":
            before = known.setdefault(row["id"], row)
            if before is row:
                found.rows.append(row)
            elif _essence(before) != _essence(row):
                raise InputError(
                    f"{file}: category {row.get('name')!r} is not the one that "
                    f"{found.files[0]} has under id {row.get('id')}; make them the same"
                )
        elif table == "annotations":
            unlisted.take(row)
            if not row.get("iscrowd"):
                _count_keypoints(row, found, file)
    if unlisted.found and found.unlisted is None:
        found.unlisted = file, unlisted


def _essence(row: dict) -> tuple:
    return row.get("name"), tuple(row.get("keypoints") or ())


def _count_keypoints(row: dict, found: Categories, file: Path) -> None:
    keypoints, category_id = row.get("keypoints") or [], row.get("category_id")
    if not isinstance(keypoints, list) or not isinstance(category_id, int) or not keypoints:
        return  # the reader of annotations says what is wrong
    count = len(keypoints) // 3
    usual = found.num_keypoints.setdefault(category_id, count)
    if count != usual and found.uneven is None:
        found.uneven = (
            f"{file}: annotation {row.get('id')} has {count} keypoints, others of category "
            f"{category_id} have {usual}; every instance of a category has the same, those that "
            "are not labelled as 0, 0, 0"
        )
