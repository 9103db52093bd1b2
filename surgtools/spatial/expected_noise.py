"""By how much a keypoint of a network is expected to be off, from what the network says of it.

Shapes: k keypoints of one instrument.
"""

import numpy as np

NOISE_SHARE = 0.014
"""Error of a sure, visible keypoint, as a share of the instrument's size in the picture. With less
a model of other measures is believed too much."""

SURE_SCORE = 0.25
"""From this score on a keypoint of the shipped pose models is sure; below, its error grows with
the third power: at half of it errors were ten times as large on rendered clips."""

MOST_NOISE = 0.3
"""Share of the size: a keypoint somewhere on the instrument is not further off."""

LEAST_NOISE = 0.7
"""Pixels: no network places keypoints better."""

HIDDEN_FACTOR = 12.0
"""The error of a hidden keypoint, in errors of a visible one. Networks are surer of what is hidden
than they should be: with 3, regions of rendered instruments held the truth too rarely."""

NOISE_WORTH = 6.0
"""How many left-over coordinates the expected noise counts for, beside what a fit leaves over."""


def expected_noise(size: float, scores: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """(k,) standard deviations of the keypoints, pixels.

    Args:
        size: of the instrument in the picture, pixels.
        scores: (k,) in [0, 1].
        visible: (k,) probability that it is seen.
    """
    hidden = 1 + (HIDDEN_FACTOR - 1) * (1 - np.clip(visible, 0, 1))
    unsure = np.clip(scores / SURE_SCORE, 0.01, 1) ** -3
    noise = max(NOISE_SHARE * size, LEAST_NOISE) * hidden * unsure
    return np.minimum(noise, most_noise(size))


def most_noise(size: float) -> float:
    """Standard deviation of a keypoint of which nothing is known, pixels."""
    return max(MOST_NOISE * size, LEAST_NOISE)
