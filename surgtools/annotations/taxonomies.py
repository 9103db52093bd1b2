"""Which taxonomy a dataset has: the user's file, the dataset's own, or its categories."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surgtools.annotations import stream
from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.annotations.stream import CocoStream
from surgtools.dataset_folder import PARTS, annotation_file
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.coco_categories import Guess, from_coco_categories
from surgtools.taxonomy.files import FILE_NAME, read_taxonomy, write_taxonomy


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


def find_taxonomy(
    data: str | Path | None,
    given: str | Path | None = None,
    even: bool = False,
    complete: bool = False,
) -> tuple[Taxonomy, list[Guess]]:
    """The taxonomy of a dataset: the first of ``given``, its taxonomy.yaml, its categories.

    Args:
        data: dataset folder or annotation file; None or a place without annotations leaves
            ``given``, or the built-in taxonomy.
        given: a taxonomy file that the user names.
        even: refuse annotations of one category with different numbers of keypoints, and those
            of a category that is not listed; otherwise it is left to whoever reads the
            annotations.
        complete: add categories that are not listed; ``even`` does not refuse them then.

    Returns:
        The taxonomy, and what had to be guessed from names. Nothing is guessed of a file.

    Raises:
        InputError: a file is broken, or file and data contradict each other.
    """
    found = collect_categories(data) if data is not None else Categories()
    if even and found.uneven:
        raise InputError(found.uneven)
    return _choose(found, data, given, even, complete)


def content_taxonomy(
    content: Mapping, path: str | Path, given: str | Path | None = None
) -> Taxonomy:
    """As ``find_taxonomy`` of a file that has been read: its three lists are there.

    Args:
        content: of the COCO file at ``path``.
    """
    found = Categories(files=[Path(path)])
    rows = ((name, row) for name in ("categories", "annotations") for row in content[name])
    _add_rows(rows, content["categories"], found, Path(path))
    return _choose(found, path, given)[0]


def _choose(
    found: Categories,
    data: str | Path | None,
    given: str | Path | None,
    even: bool = False,
    complete: bool = False,
) -> tuple[Taxonomy, list[Guess]]:
    own = None if data is None else own_file(Path(data))
    path = Path(given) if given is not None else own
    file, unlisted = found.unlisted or (None, None)
    if even and unlisted and not complete:
        unlisted.refuse(file)
    if path is not None:
        taxonomy = read_taxonomy(path, found.rows or None)
        _require_agreement(taxonomy, found, path)
        return taxonomy, []
    if not found.rows:
        return SURGICAL, []
    name = Path(data).resolve()
    name = name if name.is_dir() else name.parent
    listed = {row["id"] for row in found.rows if isinstance(row.get("id"), int)}
    added = unlisted.rows() if complete and unlisted else []
    added = [row for row in added if row["id"] not in listed]
    where, rows = str(found.files[0]), [*found.rows, *added]
    taxonomy, guesses = from_coco_categories(rows, name.name, where, found.num_keypoints)
    what = "all of it; only annotations have it, and `surgtools data check --fix` lists it"
    return taxonomy, [*(Guess(row["name"], what, row["keypoints"]) for row in added), *guesses]


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
        _add_rows(rows, stream.read_categories(file), found, file)
    return found


def _add_rows(
    rows: Iterable[tuple[str, Any]], listed: list, found: Categories, file: Path
) -> None:
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


def require_same_categories(trained: Taxonomy, data: Taxonomy, where: str) -> None:
    """Refuse data whose categories or keypoints are not those that a network was trained for.

    Sigmas, skeletons and names of taxonomies may differ: they change no answer.

    Raises:
        InputError: naming the first difference.
    """
    for own, wanted in zip(trained.categories, data.categories, strict=False):
        if (own.id, own.name, own.keypoints) != (wanted.id, wanted.name, wanted.keypoints):
            raise InputError(
                f"{where}: category {wanted.id} {wanted.name} with {wanted.num_keypoints} "
                f"keypoints, the network was trained for {own.id} {own.name} with "
                f"{own.num_keypoints}; give data or a checkpoint of one taxonomy"
            )
    if len(trained.categories) < len(data.categories):
        more = data.categories[len(trained.categories)]
        raise InputError(
            f"{where}: holds {more.name}, which the network was not trained for; give data or a "
            "checkpoint of one taxonomy"
        )


def carry_taxonomy(sources: Iterable[str | Path], out: str | Path) -> str | None:
    """Write the taxonomy.yaml of datasets beside what was made from them.

    Args:
        sources: annotation files or dataset folders; without a taxonomy.yaml nothing happens.
        out: dataset folder, or the annotation file, that was made.

    Returns:
        One line when it could not be done, since files contradict each other.

    Raises:
        InputError: a taxonomy.yaml is broken.
    """
    files = sorted({file for source in sources if (file := own_file(Path(source)))})
    if not files:
        return None
    out = Path(out)
    inside = out.parent.parent if out.parent.name in PARTS else out.parent
    target = (out if out.is_dir() else inside) / FILE_NAME
    taxonomy, *others = (read_taxonomy(file) for file in (*files, target) if os.path.lexists(file))
    if any(other.categories != taxonomy.categories for other in others):
        return f"{target}: is left as it is, since {files[0]} and another one differ"
    try:
        _require_agreement(taxonomy, collect_categories(out), files[0])
    except InputError as error:
        return f"{target}: is not written ({error})"
    if not target.exists():
        write_taxonomy(taxonomy, target)
    return None


def read_own_files(sources: Iterable[str | Path]) -> list[Taxonomy]:
    """What the taxonomy.yaml of datasets say; those that have none are passed over.

    Raises:
        InputError: one is broken.
    """
    files = (own_file(Path(source)) for source in sources)
    return [read_taxonomy(file) for file in files if file]


def own_file(data: Path) -> Path | None:
    """The taxonomy.yaml of a dataset folder, also found from one of its annotation files."""
    folders = [data] if data.is_dir() else [data.parent, data.parent.parent]
    return next((f / FILE_NAME for f in folders if os.path.lexists(f / FILE_NAME)), None)


def _require_agreement(taxonomy: Taxonomy, found: Categories, path: Path) -> None:
    for row in found.rows:
        category = taxonomy.get(row.get("name"), str(found.files[0]))
        if category.id != row.get("id"):
            raise InputError(
                f"{found.files[0]}: category {category.name!r} has id {row.get('id')}, {path} "
                f"says {category.id}; correct one of them"
            )
        listed = tuple(row.get("keypoints") or ())
        if listed and listed != category.keypoints and len(listed) >= category.num_keypoints:
            raise InputError(
                f"{found.files[0]}: category {category.name!r} has keypoints "
                f"{', '.join(map(str, listed))}; {path} has {', '.join(category.keypoints)}; "
                "correct one of them"
            )
