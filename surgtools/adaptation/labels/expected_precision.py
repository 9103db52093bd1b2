"""Predict how many of the accepted labels are right, without a label of the target.

A logistic model learns from source pictures, plain and degraded, which statistics go with right
and wrong proposals. Degrading matters: on plain source pictures the model is hardly ever wrong.

Shapes: N proposals, F features.

Source: Guo et al., On Calibration of Modern Neural Networks, 2017 (Platt scaling).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

FEATURES: tuple[str, ...] = (
    "bbox_score",
    "keypoint_score",
    "view_disagreement",
    "implausibility",
)
_LOGARITHMIC = frozenset({"view_disagreement", "implausibility"})


@dataclass(frozen=True)
class PrecisionModel:
    """Predicts how likely a proposed label is right, from the statistics of its proposal.

    Attributes:
        mean, scale: (F,) standardization of the features.
        weights: (F,) and ``bias``: the logistic model.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def fit(cls, statistics: Mapping[str, np.ndarray], correct: np.ndarray) -> "PrecisionModel":
        """Learn from proposals whose truth is known.

        When all are right, or all wrong, the answer is the constant (right + 1) / (N + 2).
        """
        correct = np.asarray(correct, dtype=bool)
        if correct.all() or not correct.any():
            rate = (correct.sum() + 1) / (len(correct) + 2)
            zeros = (0.0,) * len(FEATURES)
            ones = (1.0,) * len(FEATURES)
            return cls(zeros, ones, zeros, float(np.log(rate / (1 - rate))))
        from sklearn.linear_model import LogisticRegression

        features = _features(statistics)
        mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
        model = LogisticRegression(max_iter=1000).fit((features - mean) / scale, correct)
        return cls(
            tuple(mean.tolist()),
            tuple(scale.tolist()),
            tuple(model.coef_[0].tolist()),
            float(model.intercept_[0]),
        )

    def predict(self, statistics: Mapping[str, np.ndarray]) -> np.ndarray:
        """(N,) probability that each proposal is right; empty in, empty out."""
        features = (_features(statistics) - self.mean) / self.scale
        return 1 / (1 + np.exp(-(features @ np.array(self.weights) + self.bias)))


def degrade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make a source picture as hard as an unknown domain might be.

    Args:
        image: (H, W, 3) uint8.
        rng: draws brightness, contrast, tint, blur, noise and a drop in resolution.

    Returns:
        A picture of the same size; labels stay valid.
    """
    height, width = image.shape[:2]
    factor = rng.choice([1.0, rng.uniform(0.15, 1.0)])
    small = (max(8, round(width * factor)), max(8, round(height * factor)))
    changed = cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))
    blur = rng.choice([0.0, rng.uniform(0, 0.012)]) * max(height, width)
    if blur > 0.3:
        changed = cv2.GaussianBlur(changed, (0, 0), blur)
    values = changed.astype(np.float32)
    middle = values.mean(axis=(0, 1))
    values = middle + (values - middle) * rng.uniform(0.3, 1.3) * np.ones(3)
    values = values * rng.uniform(0.7, 1.3, 3) + rng.uniform(-60, 60)
    values += rng.normal(0, rng.uniform(0, 20), values.shape)
    if rng.random() < 0.3:
        values = 255 - values
    return np.clip(values, 0, 255).astype(np.uint8)


def _features(statistics: Mapping[str, np.ndarray]) -> np.ndarray:
    columns = []
    for name in FEATURES:
        values = np.asarray(statistics[name], dtype=float)
        if name in _LOGARITHMIC:
            values = np.log(np.clip(values, 1e-3, 1e3))
        columns.append(np.nan_to_num(values, posinf=1e3, neginf=-1e3))
    return np.stack(columns, axis=1)
