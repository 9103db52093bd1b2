"""Readers of prediction files of other tools; all give the same rows of COCO results."""

from collections.abc import Callable, Mapping
from pathlib import Path

from surgtools.errors import InputError
from surgtools.evaluation.readers.coco_results import read_coco_results
from surgtools.evaluation.readers.mmpose_json import read_mmpose_json
from surgtools.evaluation.readers.yolo_text import read_yolo_text
from surgtools.taxonomy import SURGICAL, Taxonomy

READERS: dict[str, Callable[[Path, Mapping, Taxonomy], tuple[list[dict], list[str]]]] = {
    "coco": read_coco_results,
    "yolo": read_yolo_text,
    "mmpose": read_mmpose_json,
}
"""Format to reader: (path, ground truth, taxonomy) to (COCO results, notes)."""

RANKINGS = ("given", "bbox", "bbox_keypoint")
"""What instances are ranked by: the score as written, the detector's, or box times keypoints."""


def read_results(
    path: str | Path,
    data_format: str,
    ground_truth: Mapping,
    ranking: str = "given",
    taxonomy: Taxonomy = SURGICAL,
) -> tuple[list[dict], list[str]]:
    """Read predictions in one of the known formats.

    Args:
        data_format: a key of ``READERS``.
        ground_truth: the COCO content they are scored against, which gives image ids and sizes.
        ranking: one of ``RANKINGS``. A file with one score per instance gives the same numbers
            for ``given`` and ``bbox``.
        taxonomy: the categories that may occur.

    Returns:
        COCO results (see ``evaluator.evaluate``) and notes on what was left out.

    Raises:
        InputError: unknown format, or the file is malformed.
    """
    if data_format not in READERS:
        raise InputError(f"format {data_format!r} is unknown; choose one of {', '.join(READERS)}")
    rows, notes = READERS[data_format](Path(path), ground_truth, taxonomy)
    if ranking != "given":
        rows = [_ranked(row, ranking) for row in rows]
    return rows, notes


def _ranked(row: dict, ranking: str) -> dict:
    box_score = row.get("bbox_score", row["score"])
    scores = [min(max(score, 0.0), 1.0) for score in (row.get("keypoints") or ())[2::3]]
    mean = sum(scores) / len(scores) if scores and ranking == "bbox_keypoint" else 1.0
    return {**row, "score": box_score * mean, "bbox_score": box_score}
