"""Move a detector's scores so that one threshold suits it, without changing their order.

Scores of a network mean what its training made of them: how many pictures were empty, how hard
they were. A constant added to all logits changes neither recall nor precision at any rank.

Shapes: N boxes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from surgtools.evaluation.settings import SCORE_THR

BIASES = ".rtm_cls."
"""In the names of the layers that answer the logits."""


def best_threshold(
    scores: Sequence[float],
    correct: Sequence[bool],
    count: int,
    empty_best: Sequence[float],
    max_false: float = 0.02,
) -> float:
    """The threshold with the best F1, at which few enough empty pictures have a box.

    Args:
        scores: (N,) of all boxes found in pictures with instruments.
        correct: (N,) whether a box is an instrument's best.
        count: instruments in those pictures.
        empty_best: per empty picture its highest score, 0 where nothing was found.
        max_false: largest share of empty pictures with a box.

    Returns:
        A score between that of the last box taken and the first one left.
    """
    order = np.argsort(-np.asarray(scores, float), kind="stable")
    ranked = np.append(np.asarray(scores, float)[order], 0.0)
    hits = np.cumsum(np.asarray(correct, float)[order])
    taken = np.arange(1, len(order) + 1)
    f1 = 2 * hits / (taken + count)
    limits = (ranked[:-1] + ranked[1:]) / 2
    empty = np.asarray(empty_best, float)
    false = np.array([(empty > limit).mean() if len(empty) else 0.0 for limit in limits])
    allowed = np.flatnonzero(false <= max_false)
    if not len(allowed):
        return float(empty.max())
    return float(limits[allowed[f1[allowed].argmax()]])


def shift_scores(
    state: Mapping[str, Tensor], threshold: float, to: float = SCORE_THR
) -> dict[str, Tensor]:
    """Weights of the same detector whose boxes of score ``threshold`` now score ``to``.

    Raises:
        ValueError: these are no weights of RTMDet, or a threshold that is no probability.
    """
    for value in (threshold, to):
        if not 0 < value < 1:
            raise ValueError(f"threshold {value}; between 0 and 1 expected")
    step = np.log(to / (1 - to)) - np.log(threshold / (1 - threshold))
    names = [name for name in state if BIASES in name and name.endswith(".bias")]
    if not names:
        raise ValueError("no classification layer of an RTMDet head among the weights")
    return {name: value + step if name in names else value for name, value in state.items()}
