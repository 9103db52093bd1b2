"""Measure what a known instrument before a known camera leaves unexplained of a label.

No label is needed: keypoints that no pose and no opening of the instrument can show are wrong.

Shapes: N instances, k keypoints of one category.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.spatial.fit import Fitter

MAX_RESIDUAL = 0.012
"""Share of the box diagonal, root mean square over the keypoints. Two pixels of noise on an
instrument of 400 leave about 0.003 over; one handle in a wrong place leaves more than this, and
less than its own error, because the pose gives way."""


def fit_residual(
    fitters: Mapping[int, Fitter],
    category_ids: Sequence[int],
    keypoints: Sequence[np.ndarray],
    scores: Sequence[np.ndarray],
    visible: Sequence[np.ndarray],
    sizes: np.ndarray,
) -> np.ndarray:
    """What the best pose leaves over of every instance, as a share of its box diagonal.

    Args:
        fitters: category id to what fits its instrument.
        keypoints, scores, visible: of each instance, in its category's own order.
        sizes: (N,) box diagonals, pixels.

    Returns:
        (N,); NaN for a category without a model, infinite where no pose fits; empty in, empty out.
    """
    left = np.full(len(category_ids), np.nan)
    for n, category_id in enumerate(category_ids):
        fitter = fitters.get(int(category_id))
        if fitter is not None:
            poses = fitter(keypoints[n], scores[n], visible[n])
            left[n] = poses[0].residual / sizes[n] if poses else np.inf
    return left
