"""Set the thresholds of the rules on the source set, where the truth is known.

Every rule asks of the target what the starting model's CORRECT predictions on the source fulfil;
the last one asks a model that has learnt from them how likely all answers together are of a right
label.
A threshold tuned on the target would move with whatever the model does wrong there.

Shapes: N predictions on the source set.
"""

from collections.abc import Mapping

import numpy as np

from surgtools.errors import InputError

RULES: dict[str, bool] = {
    "bbox_score": True,
    "keypoint_score": True,
    "view_disagreement": False,
    "implausibility": False,
    "temporal_jump": False,
    "flow_disagreement": False,
    "residual": False,
    "confidence": True,
}
"""Statistic to whether large values are good."""

MIN_CONFIDENCE = 0.7
"""Of ``PrecisionModel``; the only threshold that is no quantile. The other rules each let the
worst right labels pass, and may all have been content with a wrong one. On rendered clips whose
truth is known, labels from 0.5 on were right to 0.86, from 0.7 on, a third fewer, to 0.96."""

MIN_CORRECT = 20
"""Fewer correct source predictions than this give no quantile."""


def calibrate(
    statistics: Mapping[str, np.ndarray], correct: np.ndarray, pass_share: float = 0.95
) -> dict[str, float]:
    """The threshold of every rule that ``pass_share`` of correct source predictions pass.

    Args:
        statistics: rule name to (N,) values; NaN where the rule does not apply.
        correct: (N,) bool, whether the prediction agrees with the ground truth.
        pass_share: in (0, 1], per rule.

    Returns:
        Rule name to threshold; a rule that applies to fewer than ``MIN_CORRECT`` correct
        predictions is absent, for example jumps when the source has no video.

    Raises:
        InputError: fewer than ``MIN_CORRECT`` correct predictions.
    """
    correct = np.asarray(correct, dtype=bool)
    if correct.sum() < MIN_CORRECT:
        raise InputError(
            f"the starting model is right on {correct.sum()} of {len(correct)} source "
            f"predictions, thresholds need {MIN_CORRECT}; train it longer or give more source "
            "pictures"
        )
    thresholds = {}
    for name, keep_high in RULES.items():
        values = np.asarray(statistics.get(name, np.full(len(correct), np.nan)), dtype=float)
        known = values[correct & np.isfinite(values)]
        if len(known) >= MIN_CORRECT:
            share = 1 - pass_share if keep_high else pass_share
            thresholds[name] = float(np.quantile(known, share))
    return thresholds
