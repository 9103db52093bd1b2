"""COCO results: what a row must be, and how detector and keypoint scores become one."""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.annotations.coco import get_instrument_in
from surgtools.errors import InputError


def check_results(results: Sequence[Mapping], ground_truth: Mapping, name: str) -> None:
    """Stop at the first result that would make a number wrong.

    Args:
        results: rows ``{"image_id", "category_id", "bbox", "score", "keypoints"}``; ``keypoints``
            is ``[x, y, score] * k`` in the category's own order and may be absent on all rows
            (boxes only).
        ground_truth: a COCO file's content.
        name: stands in the messages.

    Raises:
        InputError: no list of rows, unknown image or category, wrong keypoint count, no score,
            or a value that is no finite number.
    """
    if not isinstance(results, Sequence) or isinstance(results, str):
        raise InputError(f"{name}: COCO results are a list of instances; export them as such")
    image_ids = {image["id"] for image in ground_truth["images"]}
    posed = [isinstance(row, Mapping) and row.get("keypoints") is not None for row in results]
    if any(posed) and not all(posed):
        raise InputError(
            f"{name}: result {posed.index(False)} has no keypoints while others have; score boxes "
            "and keypoints in one kind of file each"
        )
    for index, row in enumerate(results):
        where = f"{name}: result {index}"
        if not isinstance(row, Mapping) or not {"image_id", "category_id", "score"} <= row.keys():
            raise InputError(f"{where} needs image_id, category_id and score; export it again")
        if row["image_id"] not in image_ids:
            raise InputError(
                f"{where} is on image {row['image_id']}, which the ground truth does not hold; "
                "score it against the file it was predicted from"
            )
        _check_numbers(row, where)


def fuse_scores(results: Sequence[Mapping]) -> list[dict]:
    """Rank instances by detector score times mean keypoint score.

    Rows that carry ``bbox_score`` are taken as fused already. Empty in, empty out.

    Returns:
        New rows; ``score`` is the product and ``bbox_score`` keeps the detector's.
    """
    fused = []
    for row in results:
        row = dict(row)
        if "bbox_score" not in row and row.get("keypoints"):
            row["bbox_score"] = row["score"]
            row["score"] = float(row["score"] * np.mean(row["keypoints"][2::3]))
        fused.append(row)
    return fused


def _check_numbers(row: Mapping, where: str) -> None:
    instrument = get_instrument_in(row["category_id"], where)
    keypoints, bbox = row.get("keypoints"), row.get("bbox")
    if keypoints is None and bbox is None:
        raise InputError(f"{where} has neither bbox nor keypoints; export at least one")
    if keypoints is not None and len(keypoints) != 3 * instrument.num_keypoints:
        raise InputError(
            f"{where} (image {row['image_id']}) has {len(keypoints) / 3:g} keypoints, "
            f"{instrument.name} defines {instrument.num_keypoints}; export [x, y, score] of each"
        )
    if bbox is not None and len(bbox) != 4:
        raise InputError(f"{where} has bbox {bbox}; [x, y, width, height] is expected")
    for value in (row["score"], *(keypoints or ()), *(bbox or ())):
        if not isinstance(value, int | float) or not np.isfinite(value):
            raise InputError(f"{where} has {value!r} where a finite number is expected")
