"""Scores of a pair of networks on a labelled folder, keypoints in the pair's own boxes.

The truth scores; nothing that adapts ever reads it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import surgtools.register  # noqa: E402, F401
from surgtools.adaptation.known_truth import frame_rates  # noqa: E402
from surgtools.adaptation.labels.pair_proposer import PairProposer  # noqa: E402
from surgtools.adaptation.low_resolution import lower_resolution  # noqa: E402
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.evaluation.evaluator import evaluate  # noqa: E402
from surgtools.evaluation.settings import EvaluationSettings  # noqa: E402
from surgtools.images import read_image  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.prediction.result_rows import found_rows  # noqa: E402


def score_pair(pair: Models, folder: Path, factor: float = 1) -> dict[str, float | None]:
    """Mean AP over categories, and rates of frames, on the validation pictures of a folder.

    Args:
        pair: the networks.
        folder: labelled dataset folder.
        factor: of the camera's resolution, see ``lower_resolution``.
    """
    content = load_coco(folder / "val/coco_keypoints.json")
    proposer = PairProposer.of(pair, 0.05, None, False)

    def read(image: dict) -> np.ndarray:
        return lower_resolution(read_image(folder / "val/images" / image["file_name"]), factor)

    rows = found_rows(proposer.find, content["images"], read)
    report = evaluate(content, rows, EvaluationSettings(bootstrap=0))
    return {
        "box AP": report["boxes"]["AP"],
        "keypoint AP": report["keypoints"]["AP"],
        **frame_rates(content, rows),
    }


def mean_and_spread(values: Sequence[float | None]) -> str:
    """``0.712 +- 0.010`` over seeds (standard deviation); ``-`` where nothing is defined."""
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3f} +- {np.std(known):.3f}" if known else "-"
