"""Check COCO keypoint files: everything that is wrong with them, at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surgtools.annotations.check.categories import Plan, plan_categories
from surgtools.annotations.check.columns import Columns, Images, read_columns
from surgtools.annotations.check.picture_rules import (
    Gallery,
    duplicates_within,
    leaks_between,
    read_gallery,
)
from surgtools.annotations.check.problems import KINDS, LEVELS, Problem
from surgtools.annotations.check.rules import apply_rules
from surgtools.annotations.pictures import find_image_root
from surgtools.annotations.stream import TABLES, CocoStream, Row, read_categories
from surgtools.errors import InputError


@dataclass
class Report:
    """The outcome of a check.

    Attributes:
        files: per readable file, how many images and annotations it has.
        problems: in the order of files, tables and entries.
        unreadable: one line per file that is no COCO file at all.
        galleries: the pictures, per file; empty when they were not looked at.
    """

    files: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    galleries: list[Gallery] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Problems per level."""
        found = Counter(problem.level for problem in self.problems)
        return {level: found[level] for level in LEVELS}

    @property
    def exit_code(self) -> int:
        """0 clean (notes allowed), 1 problems found, 2 a file is unreadable."""
        if self.unreadable:
            return 2
        return 1 if any(p.level != "note" for p in self.problems) else 0

    def by_code(self) -> dict[str, list[Problem]]:
        """Problems by code: errors first, then in the order of ``KINDS``."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(problem.code, []).append(problem)
        codes = sorted(KINDS, key=lambda code: LEVELS.index(KINDS[code].level))
        return {code: found[code] for code in codes if code in found}

    def to_json(self) -> dict:
        """The JSON report."""
        return {
            "exit_code": self.exit_code,
            "counts": self.counts,
            "files": self.files,
            "unreadable": self.unreadable,
            "problems": [problem.to_json() for problem in self.problems],
        }


def check_files(
    paths: Sequence[str | Path],
    pictures: bool = True,
    image_roots: Sequence[str | Path] | None = None,
) -> Report:
    """Check files alone and against each other.

    Args:
        paths: COCO keypoint files, for example the splits of one data set.
        pictures: whether to read the pictures, too.
        image_roots: folder of the pictures of each file; by default ``images/`` beside the file,
            or its own folder.

    Returns:
        The report; empty for no files.
    """
    report = Report()
    for number, path in enumerate(paths):
        try:
            stream = CocoStream(path)
            columns = _check_rows(stream, read_categories(path), str(path), report)
            stream.require_tables()
        except InputError as error:
            report.problems = [p for p in report.problems if p.file != str(path)]
            report.unreadable.append(str(error))
            continue
        report.files[str(path)] = {
            "images": columns.num_images,
            "annotations": columns.num_annotations,
        }
        if pictures:
            root = image_roots[number] if image_roots else find_image_root(path)
            gallery, problems = read_gallery(columns.images, Path(root), str(path))
            report.galleries.append(gallery)
            report.problems += [*problems, *duplicates_within(gallery)]
    report.problems += leaks_between(report.galleries)
    return report


def find_problems(content: dict, name: str) -> list[Problem]:
    """The checks of ``check_files`` on content in memory, without the pictures.

    Args:
        content: tables ``images``, ``annotations`` and ``categories``.
        name: stands in the problems as the file.
    """
    report = Report()
    rows = (Row(table, value, "") for table in TABLES for value in content[table])
    _check_rows(rows, content["categories"], name, report)
    return report.problems


def _check_rows(rows: Iterable[Row], categories: list, name: str, report: Report) -> Columns:
    plans, problems = plan_categories(categories, name)
    columns = read_columns(rows, plans, name)
    report.problems += problems + columns.problems
    report.problems += _check_images(columns, name)
    report.problems += _check_annotations(columns, plans, name)
    return columns


def _check_images(columns: Columns, file: str) -> list[Problem]:
    images, problems = columns.images, []
    names = Counter(images.names)
    for n in _later_copies(images.ids):
        text = f"image id {images.ids[n]} occurs twice; give every image an id of its own"
        problems.append(_image_problem("image-id-duplicate", file, text, images, n))
    if len(names) < len(images.names):
        seen: set[str] = set()
        for n, name in enumerate(images.names):
            if name in seen:
                text = f"an earlier entry names {name}, too; `surgtools data merge` joins them"
                problems.append(_image_problem("image-name-duplicate", file, text, images, n))
            seen.add(name)
    for n in np.flatnonzero(~np.isin(images.ids, columns.labelled)).tolist():
        text = "has no annotation; right if no instrument is in it"
        problems.append(_image_problem("image-unlabelled", file, text, images, n))
    return problems


def _check_annotations(columns: Columns, plans: dict[object, Plan], file: str) -> list[Problem]:
    problems: list[Problem] = []
    images = columns.images
    order = np.argsort(images.ids, kind="stable")
    sorted_ids = images.ids[order]
    all_ids, all_rows = [], []
    for key, plan in plans.items():
        if key not in columns.used:
            text = f"category {plan.name} has no annotation"
            problems.append(Problem("category-empty", file, text))
        table = columns.annotations.get(key)
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
            text = f"belongs to image {table.image_ids[n]}, which is absent"
            place = (int(table.image_ids[n]), int(table.ids[n]), None, int(table.rows[n]))
            problems.append(Problem("annotation-dangling", file, text, *place))
        problems += apply_rules(table, plan, sizes, names, file)
        all_ids.append(table.ids)
        all_rows.append(table.rows)
    if all_ids:
        ids, rows = np.concatenate(all_ids), np.concatenate(all_rows)
        by_row = np.argsort(rows)
        ids, rows = ids[by_row], rows[by_row]
        for n in _later_copies(ids):
            text = f"annotation id {ids[n]} occurs twice"
            place = (None, int(ids[n]), None, int(rows[n]))
            problems.append(Problem("annotation-id-duplicate", file, text, *place))
    return sorted(problems, key=lambda p: -1 if p.row is None else p.row)


def _later_copies(ids: np.ndarray) -> list[int]:
    """Positions of ids that occurred before."""
    first = np.zeros(len(ids), dtype=bool)
    first[np.unique(ids, return_index=True)[1]] = True
    return np.flatnonzero(~first).tolist()


def _image_problem(code: str, file: str, text: str, images: Images, n: int) -> Problem:
    return Problem(
        code,
        file,
        text,
        image_id=int(images.ids[n]),
        file_name=images.names[n],
        row=int(images.rows[n]),
    )
