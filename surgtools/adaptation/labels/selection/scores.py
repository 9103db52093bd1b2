"""Reject labels that the networks themselves are not sure of.

Shapes: N instances, K slots of the union layout (foreign slots are NaN).
"""

import warnings

import numpy as np


def mean_keypoint_score(keypoint_scores: np.ndarray) -> np.ndarray:
    """Mean keypoint score over the slots an instance owns.

    Args:
        keypoint_scores: (N, K) in [0, 1], NaN in foreign slots.

    Returns:
        (N,) in [0, 1]; NaN for an instance without any keypoint.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(np.asarray(keypoint_scores, dtype=float), axis=1)
