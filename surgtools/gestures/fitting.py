"""Train a network of gestures with the host's runner."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.runner import Runner
from torch.utils.data import Dataset

from surgtools.gestures.checkpoint import GestureSettings
from surgtools.training.hooks import finite_loss_hook, provenance_hook  # noqa: F401  (register)

BATCH = 4
_IGNORED = -100


class GestureVideos(Dataset):
    """Features and labels of videos; in training each is slowed down or sped up a little.

    Args:
        features: of each video as ``to_features`` gives them, and of its copies; these are drawn
            half of the time.
        targets: of each video the number of the label of each frame.
        seed: of the changes.
        stretch: most that a video is slowed down or sped up.
    """

    def __init__(
        self,
        features: Sequence[Sequence[tuple[np.ndarray, np.ndarray]]],
        targets: Sequence[Sequence[int]],
        seed: int,
        stretch: float = 1.25,
    ) -> None:
        self._features, self._targets, self._stretch = features, targets, stretch
        self._rng = np.random.default_rng(seed)
        self.metainfo: dict[str, Any] = {}  # the host asks for it

    def __len__(self) -> int:
        return len(self._features)

    def __getitem__(self, number: int) -> dict[str, torch.Tensor]:
        own, *copies = self._features[number]
        other = len(copies) and self._rng.random() < 0.5
        keypoints, frames = copies[self._rng.integers(len(copies))] if other else own
        speed = self._stretch ** self._rng.uniform(-1, 1)
        index = np.arange(0, len(frames) - 0.5, speed).round().astype(int)
        index = index.clip(max=len(frames) - 1)
        return {
            "keypoints": torch.from_numpy(keypoints[index]),
            "frames": torch.from_numpy(frames[index]),
            "labels": torch.tensor(self._targets[number])[index],
        }


def pad_videos(items: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """A batch of videos of different lengths, with its mask."""
    pad = torch.nn.utils.rnn.pad_sequence
    batch = {
        name: pad([item[name] for item in items], True, _IGNORED if name == "labels" else 0)
        for name in items[0]
    }
    ones = [torch.ones(len(item["labels"]), dtype=torch.bool) for item in items]
    return {**batch, "mask": pad(ones, True, False)}


def fit_network(
    settings: GestureSettings,
    features: list[list[tuple[np.ndarray, np.ndarray]]],
    targets: list[list[int]],
    out_dir: Path,
    epochs: int,
    seed: int,
    ann_file: Path,
) -> tuple[torch.nn.Module, dict[str, Any]]:
    """Train a new network with the host's runner.

    Args:
        features: see ``GestureVideos``.
        targets: of each video the number of the label of each frame.
        out_dir: for the log.
        ann_file: where the labels come from, for ``ProvenanceHook``.

    Returns:
        The network on the CPU, and what it was made from.

    Raises:
        InputError: the loss is no number.
    """
    videos = GestureVideos(features, targets, seed)
    videos.ann_file = ann_file  # for ``ProvenanceHook``
    loader = {
        "batch_size": BATCH,
        "num_workers": 0,
        "dataset": videos,
        "sampler": {"type": "DefaultSampler", "shuffle": True},
        "collate_fn": pad_videos,
    }
    schedule = {"type": "CosineAnnealingLR", "T_max": epochs, "eta_min_ratio": 0.02}
    runner = Runner(
        model=settings.model_config(),
        work_dir=str(out_dir),
        train_dataloader=loader,
        train_cfg={"by_epoch": True, "max_epochs": epochs},
        optim_wrapper={
            "optimizer": {"type": "AdamW", "lr": 2e-3, "weight_decay": 1e-2},
            "clip_grad": {"max_norm": 5.0},
        },
        param_scheduler={**schedule, "convert_to_iter_based": True, "end": epochs},
        default_hooks={"checkpoint": None, "logger": {"type": "LoggerHook", "interval": 50}},
        custom_hooks=[{"type": "FiniteLossHook"}, {"type": "ProvenanceHook"}],
        randomness={"seed": seed},
        default_scope="mmengine",
        experiment_name=f"gestures-{out_dir.name}-{time.time_ns()}",
        log_level=logging.WARNING,
    )
    runner.model.set_statistics(
        *(
            torch.from_numpy(np.concatenate(part))
            for part in zip(*(version for own in features for version in own), strict=True)
        )
    )
    runner.train()
    facts = next(getattr(h, "facts", None) for h in runner.hooks if hasattr(h, "facts"))
    return runner.model.cpu(), facts
