"""A trained network of gestures as one file: taxonomy, places, labels, frame rate, weights."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.registry import MODELS

import surgtools.hosts.compat  # noqa: F401  (before any host)
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.gestures.features import to_features
from surgtools.gestures.model import GestureNetwork
from surgtools.gestures.places import slices_of
from surgtools.gestures.seen_videos import SeenVideo
from surgtools.hosts.checkpoints import load_checkpoint, load_weights
from surgtools.taxonomy import Taxonomy

KEY = "gestures"
"""Where ``meta`` of the checkpoint holds the settings."""


@dataclass(frozen=True)
class GestureSettings:
    """All that is needed to use the weights.

    Attributes:
        taxonomy: values of ``Taxonomy.to_dict``.
        places: see ``choose_places``.
        labels: in the order of the network's answers.
        frame_rate: of the features, frames a second.
        whole: one label for each video.
        network: further arguments of ``GestureNetwork``.
        trained_on, held_out: names of videos.
    """

    taxonomy: dict[str, Any]
    places: list[str]
    labels: list[str]
    frame_rate: float
    whole: bool
    network: dict[str, Any] = field(default_factory=dict)
    trained_on: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)

    def model_config(self) -> dict[str, Any]:
        """What the registry builds the network from."""
        parts = slices_of(self.places, Taxonomy.from_dict(self.taxonomy))
        bones = [
            [part.start + a, part.start + b]
            for category, part in parts
            for a, b in category.skeleton_indices
        ]
        sizes = [category.num_keypoints for category, _ in parts]
        own = {"num_labels": len(self.labels), "sizes": sizes, "bones": bones}
        return {"type": "GestureNetwork", **own, "whole": self.whole, **self.network}


class GestureModel:
    """A network with its settings; says what happens in a video."""

    def __init__(self, settings: GestureSettings, network: GestureNetwork) -> None:
        self.settings, self.network = settings, network.eval()
        self.taxonomy = Taxonomy.from_dict(settings.taxonomy)

    @torch.no_grad()
    def probabilities(self, video: SeenVideo) -> np.ndarray:
        """(L, T) of the frames that ``video.moments`` takes; (L, 1) of whole videos."""
        own = self.settings
        keypoints, frames = to_features(video, own.places, self.taxonomy, own.frame_rate)
        inputs = torch.from_numpy(keypoints)[None], torch.from_numpy(frames)[None]
        mask = torch.ones(1, len(frames), dtype=torch.bool)
        return self.network(*inputs, mask)[0].numpy()

    def frame_labels(self, video: SeenVideo) -> list[str]:
        """The likeliest label of each of these frames, or of the whole."""
        return [self.settings.labels[n] for n in self.probabilities(video).argmax(0)]


def save_gesture_model(path: Path, model: GestureModel, facts: dict[str, Any]) -> None:
    """Write a checkpoint that loads with ``weights_only=True``.

    Args:
        facts: what it was made from, see ``ProvenanceHook``.
    """
    meta = {KEY: asdict(model.settings), "surgtools": facts}
    with write_whole(path) as part:
        torch.save({"state_dict": model.network.state_dict(), "meta": meta}, part)


def load_gesture_model(path: str | Path) -> GestureModel:
    """Read what ``save_gesture_model`` wrote.

    Raises:
        InputError: no such file, not readable, or of another kind.
    """
    values = load_checkpoint(path)["meta"].get(KEY)
    try:
        settings = GestureSettings(**values)
        network = MODELS.build(settings.model_config())
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: is no network of gestures; give gestures.pth that `surgtools gestures "
            "train` wrote"
        ) from error
    load_weights(network, path)
    return GestureModel(settings, network)
