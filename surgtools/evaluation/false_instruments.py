"""Count instruments reported on empty pictures, and the recall that a limit on them leaves."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.evaluation.matching import match_results


def reported(results: Sequence[Mapping], score_thr: float) -> list[Mapping]:
    """Results a user would see at this threshold.

    The threshold applies to the detector's score (``bbox_score``) where a row carries it beside
    a fused ``score``, because that is what ``predict --bbox-thr`` cuts.
    """
    return [row for row in results if detector_score(row) >= score_thr]


def detector_score(result: Mapping) -> float:
    """``bbox_score`` if the row has one, else ``score``."""
    return result.get("bbox_score", result["score"])


def count_false(
    image_ids: Sequence[int], results: Sequence[Mapping], score_thr: float
) -> dict[str, float | int | None]:
    """False instruments on pictures that hold none.

    Args:
        image_ids: the empty pictures.
        results: COCO results on any pictures.

    Returns:
        ``pictures``, ``false_instruments``, ``per_picture`` and ``share_with_one`` (pictures with
        at least one); the last two are ``None`` without empty pictures.
    """
    empty = set(image_ids)
    per_image = Counter(
        row["image_id"] for row in reported(results, score_thr) if row["image_id"] in empty
    )
    count = sum(per_image.values())
    return {
        "pictures": len(empty),
        "false_instruments": count,
        "per_picture": count / len(empty) if empty else None,
        "share_with_one": len(per_image) / len(empty) if empty else None,
    }


def recall_at(
    annotations: Sequence[Mapping],
    results: Sequence[Mapping],
    score_thr: float,
    iou_thr: float = 0.5,
) -> float | None:
    """Share of instances found with the right category at a score and a box IoU threshold.

    ``None`` without ground truth.
    """
    pairs = match_results(annotations, reported(results, score_thr), iou_thr)
    pairs = [pair for pair in pairs if pair.annotation]
    if not pairs:
        return None
    return sum(pair.result is not None for pair in pairs) / len(pairs)


def operating_point(
    annotations: Sequence[Mapping],
    results: Sequence[Mapping],
    empty_ids: Sequence[int],
    empty_results: Sequence[Mapping],
    allowed_share: float = 0.05,
    iou_thr: float = 0.5,
) -> dict[str, float] | None:
    """The lowest threshold at which few enough empty pictures show an instrument.

    Args:
        annotations: ground truth of the pictures with instruments.
        results: what was found on them.
        empty_ids: the empty pictures.
        empty_results: what was found on those.
        allowed_share: of empty pictures with at least one false instrument.
        iou_thr: box IoU from which on an instance is found.

    Returns:
        ``score_thr`` (the smallest number above the best score that must not pass), the
        ``share_with_one`` it leaves, and ``recall`` on the pictures with instruments; ``None``
        without empty pictures or without instruments.
    """
    if not len(empty_ids) or not len(annotations):
        return None
    best = {image_id: 0.0 for image_id in empty_ids}
    for row in empty_results:
        if row["image_id"] in best:
            best[row["image_id"]] = max(best[row["image_id"]], detector_score(row))
    highest = np.sort(list(best.values()))[::-1]
    allowed = int(np.floor(allowed_share * len(highest)))
    # The threshold lies just above the best score of the first picture that must stay empty.
    score_thr = float(np.nextafter(highest[allowed], 2)) if allowed < len(highest) else 0.0
    return {
        "allowed_share": allowed_share,
        "score_thr": score_thr,
        "share_with_one": float(np.mean(highest >= score_thr)),
        "recall": recall_at(annotations, results, score_thr, iou_thr),
    }
