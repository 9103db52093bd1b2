"""Measure distances between found and labelled keypoints: pixels, share of the length, PCK.

OKS measures with the area of the box, which for a thin instrument depends on how it is turned.
The numbers here do not: pixels, percent of the instrument's length, and PCK relative to the
diagonal of the box.

Shapes: G ground-truth instances of one category, k of its keypoints.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surgtools.evaluation.matching import MatchedPair
from surgtools.taxonomy import Category


@dataclass(frozen=True)
class Measured:
    """One category's ground truth beside what was found for it.

    Attributes:
        category: the one that is measured.
        distance: (G, k) image pixels; NaN where unlabelled or the instance was missed.
        visibility: (G, k) v of the ground truth.
        visible: (G, k) predicted probability that the keypoint is visible; NaN where none was
            given or the instance was missed.
        diagonal: (G,) diagonal of the ground-truth box in pixels.
        length: (G,) instrument length in pixels, see ``instrument_length``.
        found: (G,) the instance has a result.
        image_ids: (G,) the image of each instance.
    """

    category: Category
    distance: np.ndarray
    visibility: np.ndarray
    visible: np.ndarray
    diagonal: np.ndarray
    length: np.ndarray
    found: np.ndarray
    image_ids: np.ndarray

    @property
    def labelled(self) -> np.ndarray:
        """(G, k) keypoints with v > 0."""
        return self.visibility > 0


def measure_pairs(
    pairs: Sequence[MatchedPair], category: Category, either_side: bool = False
) -> Measured:
    """Measure the pairs of one category.

    Args:
        pairs: see ``matching.match_results``; false results and other categories are left out.
        either_side: an instance with ``certain_left_right: false`` is measured with whichever
            of both side assignments has the smaller mean distance.

    Returns:
        Arrays with G = 0 when the category has no ground truth.
    """
    pairs = [p for p in pairs if p.annotation and p.annotation["category_id"] == category.id]
    shape = (len(pairs), category.num_keypoints)
    distance, visible = np.full(shape, np.nan), np.full(shape, np.nan)
    truth = np.array([p.annotation["keypoints"] for p in pairs], dtype=float)
    truth = truth.reshape(*shape, 3)
    visibility = truth[:, :, 2].astype(int)
    for row, pair in enumerate(pairs):
        if pair.result is None:
            continue
        uncertain = not pair.annotation.get("certain_left_right", True)
        order = _best_sides(truth[row], pair.result, category, either_side and uncertain)
        points = np.reshape(pair.result["keypoints"], (-1, 3))[order, :2]
        distance[row] = np.hypot(*(points - truth[row, :, :2]).T)
        if pair.result.get("keypoint_visible") is not None:
            visible[row] = np.asarray(pair.result["keypoint_visible"], dtype=float)[order]
    distance[visibility == 0] = np.nan
    boxes = np.array([p.annotation["bbox"] for p in pairs], dtype=float).reshape(-1, 4)
    return Measured(
        category=category,
        distance=distance,
        visibility=visibility,
        visible=visible,
        diagonal=np.hypot(boxes[:, 2], boxes[:, 3]),
        length=np.array([instrument_length(points, category) for points in truth]),
        found=np.array([p.result is not None for p in pairs], dtype=bool),
        image_ids=np.array([p.annotation["image_id"] for p in pairs]),
    )


def instrument_length(keypoints: np.ndarray, category: Category) -> float:
    """Pixels from the mean of the labelled ``base`` keypoints to that of the labelled ``tips``.

    Args:
        keypoints: (k, 3) as x, y in image pixels and v, own order.

    Returns:
        NaN when one of the two ends has no labelled keypoint or they coincide.
    """
    ends = []
    for names in (category.base, category.tips):
        rows = keypoints[[category.index(name) for name in names]]
        rows = rows[rows[:, 2] > 0]
        if not len(rows):
            return float("nan")
        ends.append(rows[:, :2].mean(axis=0))
    length = float(np.hypot(*(ends[1] - ends[0])))
    return length if length > 0 else float("nan")


def pck(measured: Measured, threshold: float) -> float | None:
    """Share of labelled keypoints found within ``threshold`` times the box diagonal.

    Keypoints of missed instances count as not found. ``None`` without labelled keypoints.
    """
    hits, labelled = pck_counts(measured, threshold)
    return float(hits.sum() / labelled.sum()) if labelled.sum() else None


def pck_counts(measured: Measured, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """(G, k) keypoints within the threshold, and (G, k) keypoints that are labelled."""
    relative = measured.distance / np.maximum(measured.diagonal, 1e-12)[:, None]
    return np.nan_to_num(relative, nan=np.inf) <= threshold, measured.labelled


def error_table(measured: Measured, pck_threshold: float = 0.05) -> dict[str, dict]:
    """Per keypoint name: how many, mean and median error in px, percent of length, PCK.

    Errors are over found instances; PCK is over all. The row ``all`` pools the keypoints. A
    value without anything to average is ``None``.
    """
    names = measured.category.keypoints
    hits, labelled = pck_counts(measured, pck_threshold)
    columns = {name: [column] for column, name in enumerate(names)}
    columns["all"] = list(range(len(names)))
    table = {}
    for name, at in columns.items():
        pixels = measured.distance[:, at]
        relative = pixels / measured.length[:, None]
        count = int(labelled[:, at].sum())
        table[name] = {
            "labelled": count,
            "found": int(np.isfinite(pixels).sum()),
            "mean_px": _finite(np.mean, pixels),
            "median_px": _finite(np.median, pixels),
            "mean_percent_of_length": _finite(np.mean, 100 * relative),
            f"PCK@{pck_threshold:g}": float(hits[:, at].sum() / count) if count else None,
        }
    return table


def visibility_accuracy(measured: Measured) -> dict[str, float | int | None]:
    """Share of found, labelled keypoints whose predicted visibility is right.

    A keypoint is called visible from a probability of 0.5 on. ``visible_share`` is what always
    answering "visible" would score. ``balanced_accuracy``, the mean of the accuracies on visible
    and on hidden keypoints, and ``AUC``, the area under the ROC curve of the probability, are 0.5
    for any constant answer and ``None`` where one of the two kinds is absent. All ``None`` when
    the results carry no visibility.
    """
    given = np.isfinite(measured.visible) & measured.labelled
    is_visible = measured.visibility[given] == 2
    probability = measured.visible[given]
    right = (probability >= 0.5) == is_visible
    of_visible = _finite(np.mean, right[is_visible])
    of_hidden = _finite(np.mean, right[~is_visible])
    both = of_visible is not None and of_hidden is not None
    return {
        "keypoints": int(given.sum()),
        "accuracy": _finite(np.mean, right),
        "accuracy_visible": of_visible,
        "accuracy_hidden": of_hidden,
        "balanced_accuracy": (of_visible + of_hidden) / 2 if both else None,
        "AUC": roc_auc(probability[is_visible], probability[~is_visible]),
        "visible_share": _finite(np.mean, is_visible),
    }


def roc_auc(positive: np.ndarray, negative: np.ndarray) -> float | None:
    """Share of (positive, negative) pairs of scores in the right order; equal ones count half.

    Args:
        positive, negative: scores of the two kinds, each (any number,).

    Returns:
        ``None`` where one of the two is empty.

    Source: Mann-Whitney U statistic over its largest value, which is the area under the ROC curve.
    """
    if not len(positive) or not len(negative):
        return None
    ordered = np.sort(negative)
    below, not_above = (np.searchsorted(ordered, positive, side) for side in ("left", "right"))
    return float((below + not_above).mean() / 2 / len(negative))


def _best_sides(truth: np.ndarray, result: dict, category: Category, either: bool) -> list:
    straight = list(range(category.num_keypoints))
    if not either:
        return straight
    labelled = truth[:, 2] > 0
    points = np.reshape(result["keypoints"], (-1, 3))[:, :2]

    def mean_distance(order: list[int]) -> float:
        offset = (points[order] - truth[:, :2])[labelled]
        return float(np.hypot(*offset.T).mean()) if len(offset) else 0.0

    return min((straight, category.flip_indices), key=mean_distance)


def _finite(average, values: np.ndarray) -> float | None:
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    return float(average(values)) if values.size else None
