"""The answer of a selection rule: which labels stay, and why each of the others does not.

Shapes: N proposed instances.
"""

from typing import NamedTuple

import numpy as np


class Verdict(NamedTuple):
    """The answer of one rule for N proposals: kept or not, and why not.

    Attributes:
        keep: (N,) bool.
        reasons: N strings, empty where ``keep`` holds.
    """

    keep: np.ndarray
    reasons: list[str]


def judge(name: str, values: np.ndarray, threshold: float, keep_high: bool) -> Verdict:
    """Keep the instances on the right side of a threshold.

    Args:
        name: the statistic, for the reason.
        values: (N,) statistic; NaN means that it does not apply, and the instance stays.
        threshold: values equal to it stay.
        keep_high: whether large values are good.

    Returns:
        Verdict over N instances; empty in, empty out.
    """
    values = np.asarray(values, dtype=float)
    good = values >= threshold if keep_high else values <= threshold
    keep = np.isnan(values) | good
    side = "below" if keep_high else "above"
    reasons = [
        "" if kept else f"{name} {value:.3g} is {side} {threshold:.3g}"
        for value, kept in zip(values, keep, strict=True)
    ]
    return Verdict(keep, reasons)
