"""Check rows of COCO results before they are scored."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from surgtools.annotations.check.writable import are_finite
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy

_LARGEST = 1e15
"""No place in a picture; whole numbers far beyond would make arrays of objects."""


def check_results(
    results: Sequence[Mapping], ground_truth: Mapping, name: str, taxonomy: Taxonomy = SURGICAL
) -> None:
    """Stop at the first result that would make a number wrong.

    Args:
        results: rows ``{"image_id", "category_id", "bbox", "score", "keypoints"}``; ``keypoints``
            is ``[x, y, score] * k`` in the category's own order and may be absent on all rows
            (boxes only). ``keypoint_visible`` (k numbers) and ``bbox_score`` may be there.
        ground_truth: a COCO file's content.
        name: stands in the messages.
        taxonomy: the categories that may occur.

    Raises:
        InputError: no list of rows, unknown image or category, wrong keypoint count, a box of
            negative size, no score, or a value that is no finite number.
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
        if not isinstance(row["image_id"], Hashable) or row["image_id"] not in image_ids:
            raise InputError(
                f"{where} is on image {row['image_id']}, which the ground truth does not hold; "
                "score it against the file it was predicted from"
            )
        _check_numbers(row, where, taxonomy)


def _check_numbers(row: Mapping, where: str, taxonomy: Taxonomy) -> None:
    instrument = taxonomy.get(row["category_id"], where)
    if row["category_id"] != instrument.id:
        raise InputError(
            f"{where} has category_id {row['category_id']!r}; the number of {instrument.name} is "
            f"{instrument.id}, export that"
        )
    keypoints, bbox = row.get("keypoints"), row.get("bbox")
    visible = row.get("keypoint_visible")
    if keypoints is None and bbox is None:
        raise InputError(f"{where} has neither bbox nor keypoints; export at least one")
    if keypoints is not None and _length(keypoints) != 3 * instrument.num_keypoints:
        raise InputError(
            f"{where} (image {row['image_id']}) has {_length(keypoints) / 3:g} keypoints, "
            f"{instrument.name} defines {instrument.num_keypoints}; export [x, y, score] of each"
        )
    if visible is not None and _length(visible) != instrument.num_keypoints:
        raise InputError(
            f"{where} has keypoint_visible {visible!r}; a list of {instrument.num_keypoints} "
            f"probabilities is expected, one for each keypoint of {instrument.name}"
        )
    if bbox is not None and _length(bbox) != 4:
        raise InputError(f"{where} has bbox {bbox}; [x, y, width, height] is expected")
    scores = (row["score"], row.get("bbox_score", 0))
    for value in (*scores, *(keypoints or ()), *(bbox or ()), *(visible or ())):
        if not are_finite((value,)) or abs(value) > _LARGEST:
            raise InputError(f"{where} has {value!r} where a finite number is expected")
    if bbox is not None and min(bbox[2:]) < 0:
        raise InputError(
            f"{where} has bbox {bbox}; [x, y, width, height] with no negative size is expected"
        )


def _length(values: Any) -> int:
    """How many there are; none where a list is expected and something else is given."""
    return len(values) if isinstance(values, list | tuple) else 0
