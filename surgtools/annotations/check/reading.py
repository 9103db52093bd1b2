"""The one reading of a COCO file: every rule on its three tables.

``load_coco`` reads through here and stops at the first problem that it must refuse; ``data check``
lists them all; the converters refuse the same ones. The pictures are another matter, see
``picture_rules``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from surgtools.annotations.check.categories import Plan, plan_categories
from surgtools.annotations.check.ids import TEXT_FROM
from surgtools.annotations.check.problems import Problem
from surgtools.annotations.check.row_arrays import Images, RowArrays, read_arrays
from surgtools.annotations.check.row_batches import Annotations
from surgtools.annotations.check.rules import Subject, apply_rules
from surgtools.annotations.check.writable import find_unwritable
from surgtools.annotations.stream import Row
from surgtools.safe_names import is_absolute
from surgtools.taxonomy import SURGICAL, Taxonomy


@dataclass(frozen=True)
class Reading:
    """What a file holds, and what is wrong with it.

    Attributes:
        arrays: the sound rows.
        problems: of the file itself, then of categories, images and annotations, each in the
            order of its table.
    """

    arrays: RowArrays
    problems: list[Problem]


def read_tables(
    rows: Iterable[Row],
    categories: list,
    rest: Mapping,
    name: str,
    refused_only: bool = False,
    taxonomy: Taxonomy = SURGICAL,
) -> Reading:
    """Read the tables of one file and apply every rule.

    Args:
        rows: entries of all tables; those of ``categories`` are passed over.
        categories: the category table, which must be known before the annotations.
        rest: the other top-level values; looked at after the rows, so a stream may still fill it.
        name: stands in the problems as the file.
        refused_only: only look for what ``load_coco`` refuses, which is quicker.
        taxonomy: the categories that the file should have.
    """
    plans, category_problems = plan_categories(categories, name, taxonomy)
    arrays = read_arrays(rows, plans, name, categories)
    carried = find_unwritable(rest)
    problems = [] if carried is None else [Problem("number", name, carried)]
    problems += category_problems
    problems += _check_unlisted(arrays, name)
    problems += _check_images(arrays, name)
    problems += _check_annotations(arrays, plans, name, refused_only)
    if refused_only:
        problems = [problem for problem in problems if problem.refused]
    return Reading(arrays, problems)


def _check_unlisted(arrays: RowArrays, file: str) -> list[Problem]:
    """One problem for each category that is not listed, at its first annotation."""
    return [
        Problem(
            "category-unlisted",
            file,
            arrays.unlisted.describe(key),
            image_id=one.first.get("image_id"),
            annotation_id=one.first.get("id"),
        )
        for key, one in arrays.unlisted.found.items()
    ]


def _check_images(arrays: RowArrays, file: str) -> list[Problem]:
    images, problems = arrays.images, list(arrays.image_problems)
    for n in _texts_among_numbers(images.ids):
        shown = images.codes.decode(images.ids[n])
        text = f"id {shown!r} is text, other image ids are numbers; `surgtools data merge` helps"
        problems.append(_image_problem("image-entry", file, text, images, n))
    for n in _later_copies(images.ids):
        shown = images.codes.decode(images.ids[n])
        text = f"image id {shown} occurs twice; give every image an id of its own"
        problems.append(_image_problem("image-id-duplicate", file, text, images, n))
    if len(Counter(images.names)) < len(images.names):
        seen: set[str] = set()
        for n, name in enumerate(images.names):
            if name in seen:
                text = (
                    f"an earlier entry names {name}, too; `surgtools data merge` joins them if "
                    "both are one picture, else write the folders into the names of both"
                )
                problems.append(_image_problem("image-name-duplicate", file, text, images, n))
            seen.add(name)
    for n in (n for n, name in enumerate(images.names) if is_absolute(name)):
        text = "its name is absolute; write it relative to the folder of the pictures"
        problems.append(_image_problem("image-name-absolute", file, text, images, n))
    for n in np.flatnonzero(~np.isin(images.ids, arrays.labelled)).tolist():
        text = "has no annotation; right if no instrument is in it"
        problems.append(_image_problem("image-unlabelled", file, text, images, n))
    return sorted(problems, key=_row)


def _check_annotations(
    arrays: RowArrays, plans: dict[object, Plan], file: str, refused_only: bool
) -> list[Problem]:
    problems = list(arrays.annotation_problems)
    images = arrays.images
    order = np.argsort(images.ids, kind="stable")
    sorted_ids = images.ids[order]
    for key, plan in plans.items():
        if key not in arrays.used:
            text = f"category {plan.name} has no annotation"
            problems.append(Problem("category-empty", file, text))
        table = arrays.annotations.get(key)
        if table is None:
            continue
        at = np.searchsorted(sorted_ids, table.image_ids).clip(max=max(len(order) - 1, 0))
        found = sorted_ids[at] == table.image_ids if len(order) else np.zeros(len(at), dtype=bool)
        sizes = np.full((len(at), 2), np.nan)
        sizes[found] = images.sizes[order[at[found]]]
        names = [None] * len(at)
        for n in np.flatnonzero(found).tolist():
            names[n] = images.names[order[at[n]]]
        for n in np.flatnonzero(~found).tolist():
            image_id, own_id = map(table.codes.decode, (table.image_ids[n], table.ids[n]))
            text = f"belongs to image {image_id}, which is absent"
            place = (image_id, own_id, None, int(table.rows[n]))
            problems.append(Problem("annotation-dangling", file, text, *place))
        problems += apply_rules(Subject(table, plan, sizes), names, file, refused_only)
    problems += _repeated_ids(list(arrays.annotations.values()), file)
    return sorted(problems, key=_row)


def _repeated_ids(tables: list[Annotations], file: str) -> list[Problem]:
    if not tables:
        return []
    ids = np.concatenate([table.ids for table in tables])
    rows = np.concatenate([table.rows for table in tables])
    by_row = np.argsort(rows)
    ids, rows, decode = ids[by_row], rows[by_row], tables[0].codes.decode
    return [
        Problem(
            "annotation-id-duplicate",
            file,
            f"annotation id {decode(ids[n])} occurs twice",
            annotation_id=decode(ids[n]),
            row=int(rows[n]),
        )
        for n in _later_copies(ids)
    ]


def _texts_among_numbers(ids: np.ndarray) -> list[int]:
    """Positions of text ids, unless all are text; the two kinds cannot be sorted together."""
    texts = ids >= TEXT_FROM
    return [] if texts.all() else np.flatnonzero(texts).tolist()


def _later_copies(ids: np.ndarray) -> list[int]:
    """Positions of ids that occurred before."""
    first = np.zeros(len(ids), dtype=bool)
    first[np.unique(ids, return_index=True)[1]] = True
    return np.flatnonzero(~first).tolist()


def _row(problem: Problem) -> int:
    return -1 if problem.row is None else problem.row


def _image_problem(code: str, file: str, text: str, images: Images, n: int) -> Problem:
    return Problem(
        code,
        file,
        text,
        image_id=images.codes.decode(images.ids[n]),
        file_name=images.names[n],
        row=int(images.rows[n]),
    )
