"""Keypoint metric of pose networks.

Shapes: N instances per sample (1 for a top-down network), K slots of the union.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.registry import METRICS

from surgtools.annotations.coco import load_coco
from surgtools.decoding import join_scores
from surgtools.evaluation.keypoint_scores import evaluate_keypoints
from surgtools.evaluation.settings import SCORE_THR, EvaluationSettings
from surgtools.files import write_json
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import taxonomy_of

LOGGED = ("AP", "AP50", "AP75", "AR", "recall", "PCK@0.05", "mean_px", "mean_percent_of_length")
LOGGED_PER_CATEGORY = ("AP", "recall", "PCK@0.05", "mean_px")


@METRICS.register_module()
class InstrumentMetric(BaseMetric):
    """Maps each answer back to its category's keypoints and scores every category on its own.

    A sample must carry ``img_id``, ``id`` and ``category_id``, or its predictions ``labels`` as
    those of a one-stage network. ``keypoints_visible`` of the prediction, when it is there, is
    the probability that a keypoint is visible. ``presence``, when it is there, counts in the box
    score as ``predict`` has it. An instance is ranked by box score times mean keypoint score, one
    of a category without keypoints by its box score.
    Names: ``keypoints/AP`` is the mean over the categories, ``keypoints/tweezers/AP`` one of
    them; what is not defined is left out.

    Args:
        ann_file: COCO keypoint file; ``None`` takes the ground truth that the samples carry
            (``raw_ann_info``), which detector boxes do not have.
        results_file: where to write the COCO results; ``None`` writes none.
        score_thr: see ``EvaluationSettings``.
        bootstrap: samples for the confidence intervals; 0 leaves them out.
    """

    default_prefix = "keypoints"

    def __init__(
        self,
        ann_file: str | None = None,
        results_file: str | None = None,
        score_thr: float = SCORE_THR,
        bootstrap: int = 0,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.ann_file = ann_file
        self.results_file = results_file
        self.settings = EvaluationSettings(score_thr=score_thr, bootstrap=bootstrap)

    @property
    def taxonomy(self) -> Taxonomy:
        """That of the dataset the evaluator works on."""
        return taxonomy_of(self.dataset_meta)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep each sample's results in COCO form, and its ground truth when there is any."""
        for sample in data_samples:
            self.results.append(
                {
                    "key": (sample["img_id"], sample.get("id")),
                    "results": to_results(sample, self.taxonomy),
                    "truth": sample.get("raw_ann_info"),
                    "image": {
                        "id": sample["img_id"],
                        "file_name": str(sample.get("img_path", sample["img_id"])),
                        "height": int(sample["ori_shape"][0]),
                        "width": int(sample["ori_shape"][1]),
                    },
                }
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Score what all ranks collected; samples that padding repeated count once."""
        samples = list({sample["key"]: sample for sample in results}.values())
        rows = [row for sample in samples for row in sample["results"]]
        truth = (
            load_coco(self.ann_file, self.taxonomy)
            if self.ann_file
            else carried_truth(samples, self.taxonomy)
        )
        if self.results_file:
            write_json(self.results_file, rows)
        settings = replace(self.settings, taxonomy=self.taxonomy)
        return flatten(evaluate_keypoints(truth, rows, settings))


def to_results(sample: dict, taxonomy: Taxonomy = SURGICAL) -> list[dict]:
    """COCO results of one data sample (as a dict): N rows, in each category's own order.

    A top-down sample has one ``category_id``; a one-stage network gives ``labels`` (N,).
    """
    predicted, given = sample["pred_instances"], sample.get("gt_instances", {})
    keypoints, scores = _array(predicted["keypoints"]), _array(predicted["keypoint_scores"])
    boxes = _array(predicted.get("bboxes", given.get("bboxes")))
    ones = np.ones(len(keypoints))
    box_scores = _array(predicted.get("bbox_scores", given.get("bbox_scores", ones)))
    presence = predicted.get("presence")
    if presence is not None:
        box_scores = join_scores(box_scores, _array(presence))
    visible = predicted.get("keypoints_visible")
    labels = predicted.get("labels")
    rows = []
    for n in range(len(keypoints)):
        category_id = (
            int(sample["category_id"]) if labels is None else taxonomy.category_of(int(labels[n]))
        )
        own = taxonomy.slots_of(category_id)
        own_scores = np.clip(scores[n, own], 0, 1)
        x1, y1, x2, y2 = boxes[n].tolist()
        row = {
            "image_id": sample["img_id"],
            "category_id": category_id,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": float(box_scores[n] * (own_scores.mean() if own_scores.size else 1)),
            "bbox_score": float(box_scores[n]),
            "keypoints": np.column_stack([keypoints[n, own], scores[n, own]]).ravel().tolist(),
        }
        if visible is not None:
            row["keypoint_visible"] = _array(visible)[n, own].tolist()
        if presence is not None:
            row["presence"] = float(_array(presence)[n])
        rows.append(row)
    return rows


def carried_truth(samples: Sequence[dict], taxonomy: Taxonomy = SURGICAL) -> dict:
    """COCO content from the annotations and image facts that samples carry."""
    annotations = {}
    for sample in samples:
        truth = sample["truth"] or []
        for row in truth if isinstance(truth, list) else [truth]:
            annotations[row["id"]] = row
    return {
        "images": list({s["image"]["id"]: s["image"] for s in samples}.values()),
        "annotations": list(annotations.values()),
        "categories": taxonomy.to_coco_categories(),
    }


def flatten(section: dict) -> dict[str, float]:
    """The numbers worth a line in a training log, those of a category as ``category/name``.

    What is not defined is left out.
    """
    flat = {name: section.get(name) for name in LOGGED}
    for category, numbers in section["categories"].items():
        numbers = {**numbers, **section.get("errors", {}).get(category, {}).get("all", {})}
        flat |= {f"{category}/{name}": numbers.get(name) for name in LOGGED_PER_CATEGORY}
    if "visibility" in section:
        flat["visibility_accuracy"] = section["visibility"]["accuracy"]
    return {name: value for name, value in flat.items() if value is not None}


def _array(values: Any) -> np.ndarray:
    return np.asarray(values.cpu() if hasattr(values, "cpu") else values)
