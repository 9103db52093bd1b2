"""Run COCOeval once per category, with that category's own keypoints and sigmas.

COCOeval cannot score two categories with different keypoints in one call, and its -1 for "there
is nothing to measure" reads like a number. Here every category has a call of its own and what is
not defined is ``None``.

Shapes: D results and G ground-truth instances of one category, I images, T = 10 thresholds of
OKS or IoU (0.50, 0.55, ... 0.95), R = 101 recall points.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from surgtools.taxonomy import Category

KEYPOINT_NUMBERS = ("AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl")
BOX_NUMBERS = (
    *("AP", "AP50", "AP75", "APs", "APm", "APl"),
    *("AR1", "AR10", "AR100", "ARs", "ARm", "ARl"),
)
"""The numbers of ``COCOeval.stats``, in its order."""


@dataclass(frozen=True)
class CategoryScore:
    """What COCOeval found for one category.

    Attributes:
        numbers: name to value; ``None`` where there is no ground truth of that size.
        precision: (T, R) at the recall points, or ``None`` without ground truth.
        scores: (D,) of all results, best first.
        images: (D,) the position of each result's image in ``image_ids``.
        correct: (T, D) the result found an instance.
        ignored: (T, D) the result counts neither way (it lies on an ignored instance).
        num_truth: (I,) instances to be found in each image.
        image_ids: I ids, in increasing order.
    """

    numbers: dict[str, float | None]
    precision: np.ndarray | None
    scores: np.ndarray
    images: np.ndarray
    correct: np.ndarray
    ignored: np.ndarray
    num_truth: np.ndarray
    image_ids: list[int] | list[str]


def score_category(
    ground_truth: Mapping,
    results: Sequence[Mapping],
    category: Category,
    iou_type: str = "keypoints",
    sigma_factor: float = 1.0,
    visibility: int | None = None,
    either_side: bool = False,
    by_size: bool = True,
) -> CategoryScore:
    """Run COCOeval on one category.

    Args:
        ground_truth: a COCO keypoint file's content.
        results: COCO results of any category; those of others are left out.
        category: the one that is scored.
        iou_type: ``keypoints`` or ``bbox``.
        sigma_factor: multiplies the category's sigmas.
        visibility: score only ground-truth keypoints with this v (1 hidden, 2 visible);
            instances without one are ignored, not missed.
        either_side: instances with ``certain_left_right: false`` get the better OKS of both
            side assignments.
        by_size: also score medium and large instances apart, which takes twice as long again;
            otherwise those numbers are ``None``.

    Returns:
        Numbers and matches; without results all defined numbers are 0.
    """
    truth = _build_truth(ground_truth, category.id, visibility)
    rows = [dict(row) for row in results if row["category_id"] == category.id]
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        found = truth.loadRes(rows) if rows else _no_results(truth)
        evaluation = _SideEval(truth, found, iou_type)
        evaluation.either_side = either_side
        evaluation.flip_indices = category.flip_indices
        evaluation.params.catIds = [category.id]
        evaluation.params.kpt_oks_sigmas = np.array(category.sigmas) * sigma_factor
        if not by_size:
            evaluation.params.areaRng = evaluation.params.areaRng[:1]
            evaluation.params.areaRngLbl = evaluation.params.areaRngLbl[:1]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = KEYPOINT_NUMBERS if iou_type == "keypoints" else BOX_NUMBERS
    numbers = {
        name: None if value < 0 else float(value)
        for name, value in zip(names, evaluation.stats, strict=True)
    }
    return _collect(evaluation, numbers)


def average_precision(score: CategoryScore, weights: np.ndarray | None = None) -> float:
    """COCO's AP over T thresholds, every image counted ``weights`` times.

    Args:
        weights: (I,) how often each image was drawn; ``None`` counts each once.

    Returns:
        AP; NaN when the drawn images hold no instance.

    Source: ``COCOeval.accumulate``; repeating an image repeats its results next to each other,
        which a weight in the cumulative sums reproduces.
    """
    weights = np.ones(len(score.num_truth)) if weights is None else np.asarray(weights)
    num_truth = float(weights @ score.num_truth)
    if num_truth == 0:
        return float("nan")
    counts = weights[score.images]
    hits = np.cumsum(score.correct * counts, axis=1)
    false = np.cumsum((~score.correct & ~score.ignored) * counts, axis=1)
    recall = hits / num_truth
    precision = hits / (hits + false + np.spacing(1))
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    points = np.linspace(0, 1, 101)
    total = 0.0
    for row_recall, row_precision in zip(recall, precision, strict=True):
        at = np.searchsorted(row_recall, points, side="left")
        total += row_precision[at[at < len(row_precision)]].sum()
    return total / (len(points) * len(recall))


def pr_curves(scores: Mapping[str, CategoryScore]) -> dict:
    """Precision at the recall points per category: at 0.50, at 0.75 and the mean over T.

    Returns:
        ``recall`` (R,) and ``categories`` without those that have no ground truth.
    """
    return {
        "recall": np.linspace(0, 1, 101).round(2).tolist(),
        "categories": {
            name: {
                "0.50": score.precision[0].round(4).tolist(),
                "0.75": score.precision[5].round(4).tolist(),
                "mean": score.precision.mean(axis=0).round(4).tolist(),
            }
            for name, score in scores.items()
            if score.precision is not None
        },
    }


class _SideEval(COCOeval):
    """COCOeval that may take the better of both side assignments of uncertain instances."""

    either_side = False
    flip_indices: Sequence[int] = ()

    def computeOks(self, imgId, catId):  # noqa: N802, N803 - the host's name
        oks = super().computeOks(imgId, catId)
        if not self.either_side or len(oks) == 0:
            return oks
        truth = self._gts[imgId, catId]
        self._gts[imgId, catId] = [self._swapped(instance) for instance in truth]
        other = super().computeOks(imgId, catId)
        self._gts[imgId, catId] = truth
        return np.maximum(oks, other)

    def _swapped(self, instance: dict) -> dict:
        if instance.get("certain_left_right", True):
            return instance
        keypoints = np.reshape(instance["keypoints"], (-1, 3))[self.flip_indices]
        return {**instance, "keypoints": keypoints.ravel().tolist()}


def _build_truth(ground_truth: Mapping, category_id: int, visibility: int | None) -> COCO:
    """Copies of the category's annotations with what COCOeval needs made sure.

    ``num_keypoints`` is counted anew because files write it as a constant; ids are numbered from
    1 because COCOeval takes a match with id 0 for no match.
    """
    annotations = []
    for row in ground_truth["annotations"]:
        if row["category_id"] != category_id:
            continue
        keypoints = list(row.get("keypoints") or ())
        if visibility is not None:
            keypoints[2::3] = [v if v == visibility else 0 for v in keypoints[2::3]]
        annotations.append(
            {
                **{k: v for k, v in row.items() if k != "segmentation"},
                "id": len(annotations) + 1,
                "keypoints": keypoints,
                "num_keypoints": sum(v > 0 for v in keypoints[2::3]),
                "area": row.get("area", row["bbox"][2] * row["bbox"][3]),
                "iscrowd": row.get("iscrowd", 0),
            }
        )
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [dict(image) for image in ground_truth["images"]],
        "annotations": annotations,
        "categories": [{"id": category_id}],
    }
    return truth


def _no_results(truth: COCO) -> COCO:
    """``loadRes`` fails on an empty list."""
    empty = COCO()
    empty.dataset = {**truth.dataset, "annotations": []}
    empty.createIndex()
    return empty


def _collect(evaluation: COCOeval, numbers: dict[str, float | None]) -> CategoryScore:
    image_ids = np.asarray(evaluation.params.imgIds).tolist()  # numbers or text, as in the file
    per_image = evaluation.evalImgs[: len(image_ids)]  # the first area range is "all"
    num_truth = np.zeros(len(image_ids))
    scores, images = [np.zeros(0)], [np.zeros(0, dtype=int)]
    num_thresholds = len(evaluation.params.iouThrs)
    matched = [np.zeros((num_thresholds, 0), dtype=bool)]
    ignored = [np.zeros((num_thresholds, 0), dtype=bool)]
    for position, row in enumerate(per_image):
        if row is None:
            continue
        num_truth[position] = np.count_nonzero(np.asarray(row["gtIgnore"]) == 0)
        scores.append(np.asarray(row["dtScores"], dtype=float))
        images.append(np.full(len(row["dtScores"]), position))
        matched.append(np.asarray(row["dtMatches"]) > 0)
        ignored.append(np.asarray(row["dtIgnore"], dtype=bool))
    order = np.argsort(-np.concatenate(scores), kind="mergesort")
    is_matched = np.concatenate(matched, axis=1)[:, order]
    is_ignored = np.concatenate(ignored, axis=1)[:, order]
    precision = evaluation.eval["precision"][:, :, 0, 0, -1] if num_truth.any() else None
    return CategoryScore(
        numbers=numbers,
        precision=precision,
        scores=np.concatenate(scores)[order],
        images=np.concatenate(images)[order],
        correct=is_matched & ~is_ignored,
        ignored=is_ignored,
        num_truth=num_truth,
        image_ids=image_ids,
    )
