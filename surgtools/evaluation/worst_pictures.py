"""Find the pictures on which truth and answer lie furthest apart.

Everything is plain lists, so that a metrics file can be drawn later without the networks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.evaluation.false_instruments import reported
from surgtools.evaluation.keypoint_errors import measure_pairs
from surgtools.evaluation.matching import MatchedPair, box_of, match_results
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.taxonomy import Taxonomy

NUM_WORST = 20
WORST_DISTANCE = 0.2
"""A keypoint this share of the box diagonal away is as bad as a missing one."""


def find_worst_pictures(
    ground_truth: Mapping, results: Sequence[Mapping], settings: EvaluationSettings
) -> list[dict]:
    """The pictures with the largest mean loss, worst first.

    The loss of an instance is the mean over its labelled keypoints of distance over
    ``WORST_DISTANCE`` box diagonals, at most 1; missed and false instances have loss 1.

    Returns:
        At most ``NUM_WORST`` rows with ``image_id``, ``file_name``, ``loss``, ``why`` and the
        instances ``truth`` and ``found``; pictures without loss are left out.
    """
    either_side = settings.uses_either_side(ground_truth)
    shown = reported(results, settings.score_thr)
    of_image: dict[int, list[MatchedPair]] = defaultdict(list)
    for pair in match_results(ground_truth["annotations"], shown, settings.iou_thr):
        of_image[(pair.annotation or pair.result)["image_id"]].append(pair)
    images = {image["id"]: image for image in ground_truth["images"]}
    rows = []
    for image_id, image_pairs in of_image.items():
        losses = [_loss(pair, settings.taxonomy, either_side) for pair in image_pairs]
        rows.append(
            {
                "image_id": images[image_id]["id"],
                "file_name": images[image_id]["file_name"],
                "loss": round(float(np.mean(losses)), 4),
                "why": _reason(image_pairs, settings.taxonomy),
                "truth": [_instance(p.annotation) for p in image_pairs if p.annotation],
                "found": [_instance(p.result) for p in image_pairs if p.result],
            }
        )
    rows = [row for row in rows if row["loss"] > 0]
    return sorted(rows, key=lambda row: -row["loss"])[:NUM_WORST]


def _loss(pair: MatchedPair, taxonomy: Taxonomy, either_side: bool) -> float:
    if pair.annotation is None or pair.result is None:
        return 1.0
    if not pair.result.get("keypoints"):
        return 0.0
    measured = measure_pairs([pair], taxonomy.get(pair.annotation["category_id"]), either_side)
    distance = measured.distance[measured.labelled]
    if not distance.size:
        return 0.0
    return float(np.minimum(distance / measured.diagonal[0] / WORST_DISTANCE, 1).mean())


def _reason(pairs: Sequence[MatchedPair], taxonomy: Taxonomy) -> str:
    names = {own.id: own.name for own in taxonomy.categories}
    missed = [names[p.annotation["category_id"]] for p in pairs if p.result is None]
    false = [names[p.result["category_id"]] for p in pairs if p.annotation is None]
    words = [f"missed {name}" for name in missed] + [f"false {name}" for name in false]
    return ", ".join(words) or "keypoints off"


def _instance(row: Mapping) -> dict:
    kept = {"category_id": int(row["category_id"]), "bbox": [round(v, 2) for v in box_of(row)]}
    if row.get("keypoints"):
        kept["keypoints"] = [round(float(v), 2) for v in row["keypoints"]]
    if "score" in row:
        kept["score"] = round(float(row["score"]), 4)
    return kept
