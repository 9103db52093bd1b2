"""``surgtools report``: one self-contained page of a training or a test."""

import argparse
from pathlib import Path

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
    if source.is_dir():
        from surgtools.reports.training_report import write_training_report

        out = write_training_report(source, args.out)
    else:
        out = _write_test_report(source, args.out)
    print(f"report: {out}")
    return 0


def _write_test_report(source: Path, out: str | None) -> Path:
    from surgtools.files import read_json
    from surgtools.reports.page import write_report

    metrics = read_json(source)
    if not isinstance(metrics, dict) or not {"summary", "settings", "counts"} <= metrics.keys():
        raise InputError(f"{source}: is no metrics file; give what `surgtools test --out` wrote")
    page = Path(out) if out else source.with_name("report.html")
    title = f"Test of {source.parent.name or source.stem}"
    write_report(page, title, metrics=metrics, facts=metrics.get("facts"))
    return page
