"""COCO results: a JSON list of instances."""

from collections.abc import Mapping
from pathlib import Path

from surgtools.evaluation.results import check_results
from surgtools.files import read_json
from surgtools.taxonomy import SURGICAL, Taxonomy


def read_coco_results(
    path: Path, ground_truth: Mapping, taxonomy: Taxonomy = SURGICAL
) -> tuple[list[dict], list[str]]:
    """Read and check a COCO results file; there is nothing to leave out, hence no notes.

    Raises:
        InputError: unreadable, or a row is malformed, see ``check_results``.
    """
    rows = read_json(path)
    check_results(rows, ground_truth, str(path), taxonomy)
    return [dict(row) for row in rows], []
