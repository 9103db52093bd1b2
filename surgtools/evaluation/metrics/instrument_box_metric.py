"""Box metric of a detector.

The host's ``CocoMetric`` takes the order of labels from the file's categories; here labels follow
the taxonomy, as in the dataset.

Shapes: N boxes per picture.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.registry import METRICS

from surgtools.annotations.coco import load_coco
from surgtools.evaluation.box_scores import evaluate_boxes
from surgtools.evaluation.metrics.instrument_metric import carried_truth, flatten
from surgtools.evaluation.settings import SCORE_THR, EvaluationSettings
from surgtools.files import write_json
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import taxonomy_of


@METRICS.register_module()
class InstrumentBoxMetric(BaseMetric):
    """Scores boxes per category: ``boxes/AP``, ``boxes/recall``, ``boxes/tweezers/AP``, ...

    Args:
        ann_file: COCO keypoint file; ``None`` takes the ``instances`` that the samples carry.
        results_file: where to write the COCO results; ``None`` writes none.
        score_thr: see ``EvaluationSettings``.
        bootstrap: samples for the confidence intervals; 0 leaves them out.
    """

    default_prefix = "boxes"

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

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep each picture's boxes in COCO form, and its ground truth when there is any."""
        taxonomy = taxonomy_of(self.dataset_meta)
        for sample in data_samples:
            height, width = sample["ori_shape"][:2]
            image = {
                "id": sample["img_id"],
                "file_name": str(sample.get("img_path", sample["img_id"])),
                "height": int(height),
                "width": int(width),
            }
            self.results.append(
                {
                    "image": image,
                    "results": to_box_results(sample, taxonomy),
                    "truth": [
                        _annotation(instance, image["id"], index, taxonomy)
                        for index, instance in enumerate(sample.get("instances", ()))
                    ],
                }
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Score what all ranks collected; pictures that padding repeated count once."""
        taxonomy = taxonomy_of(self.dataset_meta)
        samples = list({sample["image"]["id"]: sample for sample in results}.values())
        rows = [row for sample in samples for row in sample["results"]]
        truth = (
            load_coco(self.ann_file, taxonomy)
            if self.ann_file
            else carried_truth(samples, taxonomy)
        )
        if self.results_file:
            write_json(self.results_file, rows)
        settings = replace(self.settings, taxonomy=taxonomy)
        return flatten(evaluate_boxes(truth, rows, settings))


def to_box_results(sample: dict, taxonomy: Taxonomy = SURGICAL) -> list[dict]:
    """COCO results of one data sample (as a dict): N rows, pixels of the original picture."""
    predicted = sample["pred_instances"]
    boxes = predicted["bboxes"].cpu().double().tolist()
    labels, scores = predicted["labels"].tolist(), predicted["scores"].tolist()
    return [
        {
            "image_id": sample["img_id"],
            "category_id": taxonomy.category_of(label),
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": float(score),
        }
        for (x1, y1, x2, y2), label, score in zip(boxes, labels, scores, strict=True)
    ]


def _annotation(instance: dict, image_id: int | str, index: int, taxonomy: Taxonomy) -> dict:
    """The host's ``instances`` entry as a COCO annotation without labelled keypoints."""
    x1, y1, x2, y2 = (float(value) for value in instance["bbox"])
    category_id = taxonomy.category_of(instance["bbox_label"])
    return {
        "id": (image_id, index),
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "iscrowd": int(instance.get("ignore_flag", 0)),
        "keypoints": [0] * 3 * taxonomy.get(category_id).num_keypoints,
    }
