"""Measure OKS constants (sigmas) from pictures that were annotated twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surgtools.errors import InputError
from surgtools.evaluation.matching import match_results
from surgtools.taxonomy import SURGICAL, Taxonomy


@dataclass(frozen=True)
class SigmaEstimate:
    """What two annotations say about one keypoint.

    Attributes:
        sigma: the OKS constant; ``None`` where the keypoint was not labelled twice.
        num_pairs: of labels that it comes from.
    """

    sigma: float | None
    num_pairs: int

    @property
    def is_zero(self) -> bool:
        """0 at four digits: the labels are copies. OKS divides by sigma, so it is no constant."""
        return self.sigma is not None and round(self.sigma, 4) == 0


def estimate_sigmas(
    a: Mapping, b: Mapping, taxonomy: Taxonomy = SURGICAL
) -> dict[str, dict[str, SigmaEstimate]]:
    """Spread of a single annotator per keypoint, relative to the instrument's scale.

    Instances of the two files are paired by file name, category and box (IoU of at least 0.5).
    With distance d between the two annotations of a keypoint and the box area s^2, a single
    annotator's variance is estimated without bias by d^2 / 2, hence
    sigma^2 = mean(d^2 / (2 s^2)). Where one of the two says ``certain_left_right: false``, the
    nearer of both side assignments is measured. Crowd regions are left out.

    Args:
        a: content of a COCO keypoint file.
        b: the same pictures annotated again; ids may differ.
        taxonomy: the categories of both.

    Returns:
        Category name to keypoint name to its estimate.

    Raises:
        InputError: no instance is in both files.

    Source: COCO keypoint evaluation, "Tuning OKS": sigma_i^2 = E[d_i^2 / s^2].
    """
    ids = {image["file_name"]: image["id"] for image in a["images"]}
    renamed = {image["id"]: ids.get(image["file_name"]) for image in b["images"]}
    again = [
        {**row, "image_id": renamed[row["image_id"]], "score": 1.0}
        for row in b["annotations"]
        if renamed.get(row["image_id"]) is not None and not row.get("iscrowd")
    ]
    ratios: dict[tuple[int, int], list[float]] = defaultdict(list)
    num_pairs = 0
    for pair in match_results(a["annotations"], again):
        if pair.annotation is None or pair.result is None:
            continue
        num_pairs += 1
        area = np.mean([np.prod(row["bbox"][2:]) for row in (pair.annotation, pair.result)])
        square = _square_distances(
            pair.annotation,
            pair.result,
            taxonomy.get(pair.annotation["category_id"]).flip_indices,
        )
        for index in np.flatnonzero(np.isfinite(square)):
            ratios[pair.annotation["category_id"], int(index)].append(square[index] / 2 / area)
    if not num_pairs:
        raise InputError(
            "no instance is in both files (same file name and category, box IoU >= 0.5); "
            "give two annotations of the same pictures"
        )
    return {
        instrument.name: {
            name: _estimate(ratios[instrument.id, index])
            for index, name in enumerate(instrument.keypoints)
        }
        for instrument in taxonomy.categories
    }


def _square_distances(first: Mapping, second: Mapping, flip_indices: list[int]) -> np.ndarray:
    """(k,) squared pixels between two annotations of an instance; NaN if not labelled twice."""
    a, b = (np.reshape(row.get("keypoints", ()), (-1, 3)) for row in (first, second))
    orders = [list(range(len(a)))]
    if not all(row.get("certain_left_right", True) for row in (first, second)):
        orders.append(flip_indices)
    squares = [((a - b[order])[:, :2] ** 2).sum(axis=1) for order in orders]
    squares = [
        np.where((a[:, 2] > 0) & (b[order, 2] > 0), square, np.nan)
        for order, square in zip(orders, squares, strict=True)
    ]
    return min(squares, key=_mean_distance)


def _mean_distance(square: np.ndarray) -> float:
    labelled = np.isfinite(square)
    return float(np.sqrt(square[labelled]).mean()) if labelled.any() else float("inf")


def _estimate(squares: list[float]) -> SigmaEstimate:
    return SigmaEstimate(float(np.sqrt(np.mean(squares))) if squares else None, len(squares))
