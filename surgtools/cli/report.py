"""``surgtools report``: one self-contained page of a training or a test."""

import argparse
from pathlib import Path

from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="RUN_DIR|METRICS.json",
        help="work folder of a training, or the metrics file of a test",
    )
    parser.add_argument(
        "--out", metavar="FILE", help="page to write (default: report.html beside the source)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    source = Path(args.source)
    beside = source if source.is_dir() else source.parent
    out = Path(args.out) if args.out else beside / "report.html"
    refuse_to_replace(out, "<footer>surgtools", "a page", [source])
    if source.is_dir():
        from surgtools.reports.training_report import write_training_report

        write_training_report(source, out)
    else:
        _write_test_report(source, out)
    print(f"report: {out}")
    return 0


def _write_test_report(source: Path, page: Path) -> None:
    from surgtools.files import read_json
    from surgtools.reports.page import write_report

    metrics = read_json(source)
    if not isinstance(metrics, dict) or not {"summary", "settings", "counts"} <= metrics.keys():
        raise InputError(f"{source}: is no metrics file; give what `surgtools test --out` wrote")
    title = f"Test of {source.parent.name or source.stem}"
    write_report(page, title, metrics=metrics, facts=metrics.get("facts"))
