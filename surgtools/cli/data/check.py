"""``surgtools data check``: every problem of annotation files at once.

Exit code 0: clean (notes allowed), 1: problems found, 2: a file is unreadable.
"""

import argparse
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.errors import InputError

if TYPE_CHECKING:
    from surgtools.taxonomy import Taxonomy

MENDED = "mended_from"
"""Field of ``info`` that marks what ``--fix`` wrote."""

_SHOWN, _ON_PAGE, _PICTURES = 5, 200, 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "exit code: 0 clean (notes allowed), 1 problems found, 2 unreadable"
    parser.add_argument("files", nargs="+", metavar="FILE", help="COCO keypoint files to check")
    parser.add_argument(
        "--images",
        nargs="+",
        metavar="DIR",
        help="folder of the pictures, one for all files or one for each "
        "(default: images/ beside the file, or its folder)",
    )
    parser.add_argument("--no-pictures", action="store_true", help="do not open the pictures")
    parser.add_argument("--json", metavar="FILE", help="write all problems as JSON")
    parser.add_argument("--html", metavar="FILE", help="write a page with the pictures")
    parser.add_argument(
        "--fix", metavar="FILE", help="write a copy in which what is safe to mend is mended"
    )
    add_allow_outside(parser)
    add_taxonomy(parser)
    parser.add_argument("--all", action="store_true", help="print every problem, not some of each")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from surgtools.annotations.check import check_files
    from surgtools.files import write_json
    from surgtools.taxonomy.files import read_taxonomy

    roots = _image_roots(args.images, args.files)
    if args.fix and len(args.files) != 1:
        raise InputError("--fix mends one file at a time; give one FILE")
    _require_different(args.files, "is named twice; name each file once")
    outputs = [path for path in (args.json, args.html, args.fix) if path]
    _require_different(outputs, "is named for two outputs; give each a name of its own")
    for path, mark, what in (
        (args.json, '"exit_code"', "a report of this check"),
        (args.html, "<footer>surgtools", "a page"),
        (args.fix, f'"{MENDED}"', "a mended copy"),
    ):
        if path:
            refuse_to_replace(path, mark, what, args.files)
    console = Console(stderr=True)
    if args.taxonomy:
        read_taxonomy(args.taxonomy)  # what is wrong there is of none of the files
    with console.status("checking"):
        report = check_files(
            args.files, not args.no_pictures, roots, args.allow_outside, args.taxonomy
        )
    _print(report, args.all)
    if args.json:
        write_json(args.json, report.to_json(), indent=1)
        print(f"all problems: {args.json}")
    if args.html:
        _write_page(report, args.html)
        print(f"page: {args.html}")
    if args.fix and not report.unreadable:
        _fix(args.files[0], args.fix, report, args.taxonomy)
    return report.exit_code


def _require_different(paths: list[str], message: str) -> None:
    count = Counter(os.path.realpath(path) for path in paths)
    for path in paths:
        if count[os.path.realpath(path)] > 1 and not path.startswith("/dev/"):
            raise InputError(f"{path}: {message}")


def _image_roots(images: list[str] | None, files: list[str]) -> list[str] | None:
    if images is None:
        return None
    for folder in images:
        if not Path(folder).is_dir():
            raise InputError(f"{folder}: no such folder; give the folder of the pictures")
    if len(images) == 1:
        return images * len(files)
    if len(images) != len(files):
        raise InputError(
            f"{len(images)} folders for {len(files)} files; give one, or one for each"
        )
    return images


def _print(report, everything: bool) -> None:
    from surgtools.annotations.check import KINDS

    for line in report.unreadable:
        print(f"unreadable  {line}")
    for code, problems in report.by_code().items():
        kind = KINDS[code]
        mended = ", --fix mends it" if kind.fixable else ""
        print(f"{kind.level}  {code}: {kind.title} ({len(problems)} x{mended})")
        for problem in problems if everything else problems[:_SHOWN]:
            print(f"    {problem}")
        if len(problems) > _SHOWN and not everything:
            print(f"    ... and {len(problems) - _SHOWN} more; --all prints them")
    for name, numbers in report.files.items():
        print(f"{name}: {numbers['images']} images, {numbers['annotations']} annotations")
    counts = ", ".join(f"{count} {level}s" for level, count in report.counts.items())
    print(f"{counts}{', unreadable files' if report.unreadable else ''}")


def _fix(file: str, out: str, report, given: str | None) -> None:
    from surgtools.annotations.check import find_problems
    from surgtools.annotations.check.repair import repair
    from surgtools.annotations.taxonomies import find_taxonomy, own_file
    from surgtools.files import read_json, write_json

    taxonomy = find_taxonomy(file, given)[0]
    content, mended = repair(read_json(file), report.problems, taxonomy)
    info = content.get("info")
    kept = info if isinstance(info, dict) else {} if info is None else {"info": info}
    content = {**content, "info": {**kept, MENDED: file}}
    write_json(out, {"info": content.pop("info"), **content})
    content = read_json(out)
    done = ", ".join(f"{count} {code}" for code, count in mended.items()) or "nothing"
    taxonomy = find_taxonomy(out, given or own_file(Path(file)))[0]  # it may have grown
    left = Counter(p.code for p in find_problems(content, out, taxonomy) if p.level != "note")
    print(f"fixed: {done}; written to {out}")
    remaining = ", ".join(f"{n} {code}" for code, n in left.items()) or "nothing"
    print(f"left in {out} (pictures aside): {remaining}")


def _write_page(report, path: str) -> None:
    from surgtools import __version__
    from surgtools.annotations.check import KINDS
    from surgtools.annotations.pages import write_page

    where = {
        (gallery.file, image_id): picture
        for gallery in report.galleries
        for image_id, picture in zip(gallery.ids, gallery.paths, strict=True)
    }
    draw = _Drawer(report.taxonomies)
    short = _short_names([*report.files, *(problem.file for problem in report.problems)])
    groups = [
        {
            "code": code,
            "title": KINDS[code].title,
            "level": KINDS[code].level,
            "fixable": KINDS[code].fixable,
            "count": len(problems),
            "problems": [
                {**problem.to_json(), "file": short[problem.file]}
                for problem in problems[:_ON_PAGE]
            ],
            "figures": [] if code == "image-unlabelled" else draw.figures(problems, where),
        }
        for code, problems in report.by_code().items()
    ]
    write_page(
        path,
        "check.html",
        title="Check of annotations",
        version=__version__,
        files=report.files,
        unreadable=report.unreadable,
        counts=report.counts,
        fixable=sum(problem.fixable for problem in report.problems),
        groups=groups,
    )


def _short_names(files: list[str]) -> dict[str, str]:
    """Paths without the folders that all of them share."""
    folders = {str(Path(file).parent) for file in files}
    common = Path(os.path.commonpath(folders)) if folders else Path()
    return {file: os.path.relpath(file, common) for file in files}


class _Drawer:
    """Draws the annotations that have problems; reads each annotation file once.

    Args:
        taxonomies: of each file.
    """

    def __init__(self, taxonomies: "dict[str, Taxonomy]") -> None:
        self._taxonomies = taxonomies
        self._annotations: dict[str, dict] = {}

    def figures(self, problems: list, where: dict) -> list[dict]:
        from surgtools.annotations.pages import to_data_uri
        from surgtools.annotations.pictures import read_picture
        from surgtools.cli.data.drawing import draw_small

        figures, seen = [], set()
        for problem in problems:
            key = (problem.file, problem.image_id)
            if len(figures) == _PICTURES:
                break
            if key in seen or key not in where:
                continue
            seen.add(key)
            own = {p.annotation_id for p in problems if (p.file, p.image_id) == key}
            rows = self._rows(problem.file).get(problem.image_id, [])
            shown = [row for row in rows if own == {None} or row.get("id") in own]
            taxonomy = self._taxonomies[problem.file]
            picture = draw_small(read_picture(where[key]), shown, taxonomy=taxonomy)
            name = problem.file_name or f"image {problem.image_id}"
            caption = f"{name}: {problem.message}"
            figures.append({"src": to_data_uri(picture), "caption": caption})
        return figures

    def _rows(self, file: str) -> dict:
        from surgtools.annotations.stream import CocoStream

        if file not in self._annotations:
            rows: dict = {}
            for table, value, _ in CocoStream(file):
                if table == "annotations" and isinstance(value, dict):
                    rows.setdefault(value.get("image_id"), []).append(value)
            self._annotations = {file: rows}
        return self._annotations[file]
