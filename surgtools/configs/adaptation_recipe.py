"""How a network adapts to unlabelled frames: the recipe of ``surgtools adapt`` and of its configs.

Whatever the network is, the same few things change: source replay around the training data, an
averaging teacher with buffers, the pseudo-label hook, a short schedule.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from surgtools.configs.pipelines import student_pipeline

Settings = dict[str, Any]

FORGOTTEN = 6.0
"""The averaging teacher keeps ``exp(-FORGOTTEN)`` of its start: 0.2 %, and 14 % after a third."""

EPOCHS = 6
EPOCH_LENGTH = {"detector": 480, "pose": 960, "one_stage": 480}
"""Items per epoch, source and pseudo-labelled together."""
LR = {"detector": 1e-4, "pose": 2e-4, "one_stage": 2e-4}
"""Peak learning rate."""
PSEUDO_SHARE = 0.5
"""Of every epoch; the rest is labelled source."""

START_SHARE = 0.5
"""Of the starting weights in the adapted ones, which are a mean of both."""

INTERVAL = 2
"""Epochs from round to round of pseudo-labels."""

MAX_FRAMES = 600
"""Frames of the target, over all its pictures and videos."""

MAX_DROP = 0.05
"""Loss of AP on the source from which on a network is rolled back."""


def replay(
    dataset: Mapping[str, Any],
    role: str,
    *,
    length: int,
    pseudo_share: float = PSEUDO_SHARE,
    low_resolution: Sequence[float] = (),
) -> Settings:
    """The training data: labelled pictures of the source between pseudo-labelled frames.

    Args:
        dataset: what the network was trained on.
        role: ``detector``, ``pose`` or ``one_stage``.
        length: items per epoch.
        pseudo_share: share of pseudo-labelled ones.
        low_resolution: see ``student_pipeline``.
    """
    pipeline = student_pipeline(dataset["pipeline"], role, low_resolution)
    return {
        "type": "SourceReplayDataset",
        "dataset": {**dataset, "pipeline": pipeline},
        "pseudo": {"type": dataset["type"], "pipeline": pipeline},
        "pseudo_share": pseudo_share,
        "length": length,
    }


def schedule(lr: float, epochs: int) -> list[Settings]:
    """A few warm-up steps, then a cosine: the optimizer starts without its moments."""
    return [
        {"type": "LinearLR", "start_factor": 0.05, "by_epoch": False, "begin": 0, "end": 10},
        {
            "type": "CosineAnnealingLR",
            "eta_min": lr * 0.05,
            "begin": 0,
            "end": epochs,
            "T_max": epochs,
            "by_epoch": True,
            "convert_to_iter_based": True,
        },
    ]


def teacher_hook(momentum: float) -> Settings:
    """The averaging teacher; without its buffers it would stay at chance.

    Args:
        momentum: share of the student that enters the teacher at every step.
    """
    return {"type": "EMAHook", "momentum": momentum, "update_buffers": True, "priority": 49}


def teacher_momentum(epochs: int, epoch_length: int, batch_size: int) -> float:
    """Momentum that leaves nothing of the start in the end, however short the training is."""
    return min(0.5, FORGOTTEN / (epochs * -(-epoch_length // batch_size)))


def pseudo_label_hook(role: str, work: str, interval: int = INTERVAL) -> Settings:
    """The hook that labels frames, on the files that ``surgtools adapt`` left in ``OUT/work``."""
    start = f"{work}/start"
    return {
        "type": "VideoPseudoLabelHook",
        "role": role,
        "interval": interval,
        "pool": f"{work}/pool",
        "knowledge": f"{work}/knowledge.json",
        "reference": f"{work}/reference.json",
        "first_look": f"{work}/first_look.npz",
        "proposer": {
            "type": "PairProposer",
            "det_model": f"{start}/detector.py",
            "det_weights": f"{start}/detector.pth",
            "pose2d": f"{start}/pose.py",
            "pose2d_weights": f"{start}/pose.pth",
        },
    }
