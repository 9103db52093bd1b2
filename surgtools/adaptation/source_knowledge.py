"""All that adaptation takes from the labelled source set, kept in one file; see ``learn_source``.

Shapes: N proposals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.adaptation.labels.expected_precision import PrecisionModel
from surgtools.adaptation.labels.proposal_statistics import add_statistics
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selection import MAX_RESIDUAL, ShapeModel, fit_residual
from surgtools.camera import Camera, to_camera
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.spatial.instrument_model import SpatialModel, to_spatial_model
from surgtools.spatial.space import Space


@dataclass(frozen=True)
class SourceKnowledge:
    """What the labelled source data says about instruments and about the starting pair.

    Attributes:
        shapes: category id to shape model; a category without enough labels is absent.
        thresholds: rule name to threshold, and ``keypoint``, the score from which a single
            keypoint counts as found.
        precision: predicts the share of right labels.
        counts: pictures, proposals and right ones that all this rests on.
        space: camera and instrument models of the target as their files have them, if known; the
            source says nothing of these.
    """

    shapes: dict[int, ShapeModel]
    thresholds: dict[str, float]
    precision: PrecisionModel
    counts: dict[str, int]
    space: Mapping[str, Any] | None = None

    def with_space(self, camera: Camera, models: Sequence[SpatialModel]) -> "SourceKnowledge":
        """The same, and the rule that asks whether a known instrument can look like that."""
        space = {"camera": camera.to_dict(), "models": [model.to_dict() for model in models]}
        thresholds = {**self.thresholds, "residual": MAX_RESIDUAL}
        return replace(self, thresholds=thresholds, space=space)

    def write(self, path: str | Path) -> None:
        """As JSON, whole."""
        content = {
            "shapes": {str(key): model.to_dict() for key, model in self.shapes.items()},
            "thresholds": self.thresholds,
            "precision": vars(self.precision),
            "counts": self.counts,
            **({"space": self.space} if self.space else {}),
        }
        write_json(path, content, indent=1)

    def add_statistics(
        self,
        proposals: Proposals,
        clips: Sequence[str],
        numbers: Sequence[int],
        read: Callable[[int], np.ndarray],
    ) -> Proposals:
        """Fill in all that the rules ask for; see ``proposal_statistics.add_statistics``."""
        add_statistics(proposals, self.shapes, clips, numbers, read)
        if self.space:
            proposals.statistics["residual"] = self._residual(proposals, clips, read)
        proposals.statistics["confidence"] = self.precision.predict(proposals.statistics)
        return proposals

    def _residual(
        self, proposals: Proposals, clips: Sequence[str], read: Callable[[int], np.ndarray]
    ) -> np.ndarray:
        """(N,) of ``fit_residual``.

        Raises:
            InputError: pictures of another size than the camera's.
        """
        camera = to_camera(dict(self.space["camera"]), "camera")
        models = [to_spatial_model(model, model["category"]) for model in self.space["models"]]
        for clip, frame in {clips[f]: int(f) for f in proposals.frames}.items():
            height, width = read(frame).shape[:2]
            camera.require_size(width, height, clip)
        every = range(len(proposals))
        return fit_residual(
            Space(camera, models, proposals.taxonomy).fitters,
            proposals.category_ids.tolist(),
            [proposals.own(proposals.keypoints, i) for i in every],
            [proposals.own(proposals.keypoint_scores, i) for i in every],
            [proposals.own(proposals.visible, i) for i in every],
            proposals.sizes,
        )

    @classmethod
    def load(cls, path: str | Path) -> "SourceKnowledge":
        """What ``write`` wrote.

        Raises:
            InputError: another file.
        """
        content = read_json(path)
        try:
            precision = {
                k: tuple(v) if isinstance(v, list) else v for k, v in content["precision"].items()
            }
            return cls(
                {int(k): ShapeModel.from_dict(v) for k, v in content["shapes"].items()},
                content["thresholds"],
                PrecisionModel(**precision),
                content["counts"],
                content.get("space"),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}: holds no source knowledge ({error}); delete it and adapt again"
            ) from error
