"""OKS constants from annotating the same pictures twice."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from surgtools.errors import InputError
from surgtools.evaluation.matching import match_instances
from surgtools.metainfo import INSTRUMENTS


def estimate_sigmas(a: Mapping, b: Mapping) -> dict[str, dict[str, float | None]]:
    """Spread of a single annotator per keypoint, relative to the instrument's scale.

    Instances of the two files are paired by file name, category and box (IoU of at least 0.5).
    With distance d between the two annotations of a keypoint and the box area s^2, a single
    annotator's variance is estimated without bias by d^2 / 2, hence
    sigma^2 = mean(d^2 / (2 s^2)).

    Args:
        a: content of a COCO keypoint file.
        b: the same pictures annotated again; ids may differ.

    Returns:
        Category name to keypoint name to sigma; ``None`` where no keypoint was labelled twice.

    Raises:
        InputError: no instance is in both files.

    Source: COCO keypoint evaluation, "Tuning OKS": sigma_i^2 = E[d_i^2 / s^2].
    """
    ids = {image["file_name"]: image["id"] for image in a["images"]}
    renamed = {image["id"]: ids.get(image["file_name"]) for image in b["images"]}
    again = [
        {**row, "image_id": renamed[row["image_id"]], "score": 1.0}
        for row in b["annotations"]
        if renamed.get(row["image_id"]) is not None
    ]
    ratios: dict[tuple[int, int], list[float]] = defaultdict(list)
    num_pairs = 0
    for pair in match_instances(a["annotations"], again):
        if pair.annotation is None or pair.result is None:
            continue
        num_pairs += 1
        first = np.reshape(pair.annotation["keypoints"], (-1, 3))
        second = np.reshape(pair.result["keypoints"], (-1, 3))
        area = np.mean([np.prod(row["bbox"][2:]) for row in (pair.annotation, pair.result)])
        square = ((first - second)[:, :2] ** 2).sum(axis=1)
        for index in np.flatnonzero((first[:, 2] > 0) & (second[:, 2] > 0)):
            ratios[pair.annotation["category_id"], int(index)].append(square[index] / 2 / area)
    if not num_pairs:
        raise InputError(
            "no instance is in both files (same file name and category, box IoU >= 0.5); "
            "give two annotations of the same pictures"
        )
    return {
        instrument.name: {
            name: _root_mean(ratios[instrument.id, index])
            for index, name in enumerate(instrument.keypoints)
        }
        for instrument in INSTRUMENTS
    }


def _root_mean(squares: list[float]) -> float | None:
    return float(np.sqrt(np.mean(squares))) if squares else None
