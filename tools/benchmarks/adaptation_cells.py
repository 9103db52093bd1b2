"""What the benchmarks of adaptation have in common: cells kept on disk, scores, predicted cost.

Scores are of a pair of networks on a labelled folder, keypoints in the pair's own boxes. The truth
scores; nothing that adapts ever reads it.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import surgtools.register  # noqa: E402, F401
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.engine.adapt_settings import AdaptSettings  # noqa: E402
from surgtools.engine.guards import REPORT_SCORE  # noqa: E402
from surgtools.engine.model_pair import ModelPair  # noqa: E402
from surgtools.engine.proposals import BATCH  # noqa: E402
from surgtools.engine.selection import VIEWS  # noqa: E402
from surgtools.engine.selection.overlap import box_iou  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402
from surgtools.inference.images import read_image  # noqa: E402

DETECTOR_S, POSE_S, TRAIN_FACTOR = 0.1, 0.045, 3.0
"""Core-seconds per picture of the small detector and per instance of the small pose model; a step
of training costs so many times as much."""

FOUND_IOU, NEAR_IOU = 0.5, 0.1
"""An instrument is found from the first overlap on; below the second there is none nearby."""


class Cells:
    """Results that are computed once: ``OUT/NAME.json`` each, so that a killed benchmark goes on.

    Args:
        out: folder of the benchmark; it belongs to one setting.
        facts: the setting.

    Raises:
        InputError: the folder holds cells of another setting.
    """

    def __init__(self, out: Path, facts: Mapping) -> None:
        self.out = out
        path, facts = out / "benchmark.json", {k: str(v) for k, v in facts.items()}
        if path.exists() and read_json(path) != facts:
            raise InputError(f"{out}: holds a benchmark of other settings; choose another folder")
        write_json(path, facts, indent=1)

    def keep(self, name: str, make: Callable[[], dict]) -> dict:
        """The cell, from disk when it is there."""
        path = self.out / f"{name}.json"
        if not path.exists():
            write_json(path, make(), indent=1)
        return read_json(path)


def score_pair(pair: ModelPair, folder: Path, split: str = "val") -> dict[str, float | None]:
    """Mean AP over categories, and rates of frames, on a labelled folder."""
    content = load_coco(folder / split / "coco_keypoints.json")
    proposer, images = pair.proposer(0.05, None, False), content["images"]
    rows: list[dict] = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        pictures = [read_image(folder / split / "images" / i["file_name"]) for i in batch]
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
        rows: COCO results; those below ``REPORT_SCORE`` do not count.

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
    for row in rows:
        if row["score"] < REPORT_SCORE:
            continue
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


def unlabelled_part(target: Path) -> list[str]:
    """The clips of a rendered folder, or its pictures where it has none; labels are left alone."""
    clips = sorted(str(path) for path in (target / "train").glob("clip_*.mp4"))
    return clips or [str(target / "train/images")]


def adaptation_cost(settings: AdaptSettings, num_frames: int, per_picture: float = 1.5) -> float:
    """Core-seconds that an adaptation is expected to take.

    Args:
        settings: of the adaptation.
        num_frames: of the target.
        per_picture: instances that the detector proposes in a picture.
    """
    shown = DETECTOR_S + per_picture * POSE_S
    views = 1 + len(VIEWS)
    frames = min(num_frames, settings.max_frames)
    source = settings.source_pictures
    learnt, held = 0.8 * frames, 0.2 * frames
    seconds = shown * (2 * views * source + 150 + views * frames + source)  # source, first look
    for role in settings.roles:
        stage = settings.stage(role)
        rounds = 1 if stage.teacher == "frozen" else -(-stage.epochs // stage.interval)
        asked = rounds - (role == "detector")  # the first round is the first look
        cost = DETECTOR_S if role == "detector" else POSE_S
        seconds += asked * views * learnt * shown + shown * (views * held + source)
        seconds += TRAIN_FACTOR * cost * stage.epochs * stage.epoch_length
    return seconds


def training_cost(num_pictures: int, epochs: int, per_picture: float = 1.5) -> float:
    """Core-seconds of training both networks on a labelled folder."""
    return TRAIN_FACTOR * epochs * num_pictures * (DETECTOR_S + per_picture * POSE_S)


def mean_and_spread(values: Sequence[float | None]) -> str:
    """``0.712 +- 0.010`` over seeds (standard deviation); ``-`` where nothing is defined."""
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3f} +- {np.std(known):.3f}" if known else "-"
