"""Scores of a pair of networks on a labelled folder, keypoints in the pair's own boxes.

The truth scores; nothing that adapts ever reads it.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import surgtools.register  # noqa: E402, F401
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.engine.low_resolution import lower_resolution  # noqa: E402
from surgtools.engine.model_pair import ModelPair  # noqa: E402
from surgtools.engine.proposals import BATCH  # noqa: E402
from surgtools.engine.selection.overlap import box_iou  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.false_instruments import reported  # noqa: E402
from surgtools.evaluation.settings import SCORE_THR, EvaluationSettings  # noqa: E402
from surgtools.inference.images import read_image  # noqa: E402

FOUND_IOU, NEAR_IOU = 0.5, 0.1
"""An instrument is found from the first overlap on; below the second there is none nearby."""


def score_pair(pair: ModelPair, folder: Path, factor: float = 1) -> dict[str, float | None]:
    """Mean AP over categories, and rates of frames, on the validation pictures of a folder.

    Args:
        pair: the networks.
        folder: labelled dataset folder.
        factor: of the camera's resolution, see ``lower_resolution``.
    """
    content = load_coco(folder / "val/coco_keypoints.json")
    proposer, images = pair.proposer(0.05, None, False), content["images"]
    rows: list[dict] = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        pictures = [
            lower_resolution(read_image(folder / "val/images" / image["file_name"]), factor)
            for image in batch
        ]
        for image, found in zip(batch, proposer(pictures), strict=True):
            rows += [instance.to_coco(image["id"]) for instance in found]
    report = evaluate(content, rows, EvaluationSettings(bootstrap=0))
    return {
        "box AP": report["boxes"]["AP"],
        "keypoint AP": report["keypoints"]["AP"],
        **frame_rates(content, rows),
    }


def frame_rates(content: Mapping, rows: Sequence[Mapping]) -> dict[str, float | None]:
    """Frames in which something was found, and frames in which something was made up.

    Args:
        content: COCO ground truth.
        rows: COCO results; those whose box scores less than ``SCORE_THR`` do not count.

    Returns:
        ``coverage``: share of the frames with an instrument in which at least one is reported with
        its category; ``hallucinated``: share of all frames with a report that has no instrument
        nearby. None where there is no frame to count.
    """
    found, made_up, holding = set(), set(), set()
    truth: dict[int, list[Mapping]] = {}
    for row in content["annotations"]:
        truth.setdefault(row["image_id"], []).append(row)
        holding.add(row["image_id"])
    for row in reported(rows, SCORE_THR):
        others = truth.get(row["image_id"], [])
        overlaps = box_iou(_corners([row]), _corners(others))[0]
        same = np.array([row["category_id"] == other["category_id"] for other in others], bool)
        if (overlaps[same] >= FOUND_IOU).any():
            found.add(row["image_id"])
        if not (overlaps >= NEAR_IOU).any():
            made_up.add(row["image_id"])
    return {
        "coverage": len(found) / len(holding) if holding else None,
        "hallucinated": len(made_up) / len(content["images"]) if content["images"] else None,
    }


def _corners(rows: Sequence[Mapping]) -> np.ndarray:
    boxes = np.array([row["bbox"] for row in rows], dtype=float).reshape(-1, 4)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def mean_and_spread(values: Sequence[float | None]) -> str:
    """``0.712 +- 0.010`` over seeds (standard deviation); ``-`` where nothing is defined."""
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3f} +- {np.std(known):.3f}" if known else "-"
