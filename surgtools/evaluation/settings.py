"""The thresholds and options that scores depend on; every report lists them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from surgtools.taxonomy import SURGICAL, Taxonomy

SCORE_THR = 0.35
"""From this score on a box counts as an instrument, in ``predict`` and in scoring alike.

With the shipped pairs one to five of 90 photographs of look-alikes show a false one there."""

PLACE_THR = 0.85
"""Boxes that overlap more are two answers for one place; instruments that cross overlap less."""

KEYPOINT_THR = 0.1
"""Lowest score drawn. A SimCC score is the peak's height over that of a perfect answer; an answer
that knows nothing scores 0.03, one that is a few pixels wide 0.15 and more."""


@dataclass(frozen=True)
class EvaluationSettings:
    """Thresholds and options of the evaluator.

    Attributes:
        score_thr: from this detector score on, an instrument counts as reported; used for
            recall, false instruments, errors and PCK, not for AP.
        iou_thr: box IoU at which a result may be paired with an instance for those numbers.
        pck_threshold: share of the box diagonal for the single PCK number.
        either_side: score instances with ``certain_left_right: false`` with the better of both
            side assignments; ``None`` does so when the ground truth has that field at all.
        bootstrap: number of samples for the confidence intervals; 0 leaves them out.
        seed: of the bootstrap.
        taxonomy: the categories that are scored, and their sigmas.
    """

    score_thr: float = SCORE_THR
    iou_thr: float = 0.5
    pck_threshold: float = 0.05
    either_side: bool | None = None
    bootstrap: int = 500
    seed: int = 0
    taxonomy: Taxonomy = SURGICAL

    def uses_either_side(self, ground_truth: Mapping) -> bool:
        """Resolve ``either_side`` for this ground truth."""
        if self.either_side is not None:
            return self.either_side
        return any("certain_left_right" in row for row in ground_truth["annotations"])

    def to_dict(self, ground_truth: Mapping) -> dict:
        """The settings as used on this ground truth, sigmas included."""
        return {
            **{key: value for key, value in asdict(self).items() if key != "taxonomy"},
            "either_side": self.uses_either_side(ground_truth),
            "sigmas": {
                category.name: dict(zip(category.keypoints, category.sigmas, strict=True))
                for category in self.taxonomy.categories
            },
            "taxonomy": self.taxonomy.to_dict(),
        }
