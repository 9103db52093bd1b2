"""Check COCO keypoint files: everything that is wrong with them, at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surgtools.annotations.check.picture_rules import (
    Gallery,
    duplicates_within,
    leaks_between,
    read_gallery,
)
from surgtools.annotations.check.problems import KINDS, LEVELS, Problem
from surgtools.annotations.check.reading import read_tables
from surgtools.annotations.stream import TABLES, CocoStream, Row, read_categories
from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.dataset_folder import picture_folder
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy


@dataclass
class CheckReport:
    """The outcome of a check.

    Attributes:
        files: per readable file, how many images and annotations it has.
        problems: in the order of files, tables and entries.
        unreadable: one line per file that is no COCO file at all.
        galleries: the pictures, per file; empty when they were not looked at.
        taxonomies: per readable file its categories.
    """

    files: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    galleries: list[Gallery] = field(default_factory=list)
    taxonomies: dict[str, Taxonomy] = field(default_factory=dict)

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
    allow_outside: bool = False,
    taxonomy: str | Path | Taxonomy | None = None,
) -> CheckReport:
    """Check files alone and against each other.

    Args:
        paths: COCO keypoint files, for example the splits of one data set.
        pictures: whether to read the pictures, too.
        image_roots: folder of the pictures of each file; by default ``images/`` beside the file,
            or its own folder.
        allow_outside: pictures may lie outside the data set.
        taxonomy: the categories, or a file of them; by default each file's own, see
            ``find_taxonomy``.

    Returns:
        The report; empty for no files.
    """
    report = CheckReport()
    for number, path in enumerate(paths):
        try:
            stream = CocoStream(path)
            given = isinstance(taxonomy, Taxonomy)
            own = taxonomy if given else find_taxonomy(path, taxonomy)[0]
            rows = read_categories(path)
            reading = read_tables(stream, rows, stream.rest, str(path), taxonomy=own)
            stream.require_tables()
        except InputError as error:
            report.unreadable.append(str(error))
            continue
        arrays, report.taxonomies[str(path)] = reading.arrays, own
        report.problems += reading.problems
        report.files[str(path)] = {
            "images": arrays.num_images,
            "annotations": arrays.num_annotations,
        }
        if pictures:
            root = image_roots[number] if image_roots else picture_folder(path)
            gallery, problems = read_gallery(arrays.images, Path(root), str(path), allow_outside)
            report.galleries.append(gallery)
            report.problems += [*problems, *duplicates_within(gallery)]
    report.problems += leaks_between(report.galleries)
    return report


def find_problems(content: dict, name: str, taxonomy: Taxonomy = SURGICAL) -> list[Problem]:
    """The checks of ``check_files`` on content in memory, without the pictures.

    Args:
        content: tables ``images``, ``annotations`` and ``categories``.
        name: stands in the problems as the file.
        taxonomy: the categories that the content should have.
    """
    rows = (Row(table, value, "") for table in TABLES for value in content[table])
    rest = {key: value for key, value in content.items() if key not in TABLES}
    return read_tables(rows, content["categories"], rest, name, taxonomy=taxonomy).problems
