"""Scores of gestures over time: frame accuracy, edit score, F1 at overlaps; all from 0 to 1.

Frames outside of every gesture count for the accuracy. Their stretches are no segments.

Source: Lea et al., Temporal Convolutional Networks for Action Segmentation, 2017 (edit score and
F1 at overlaps).
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from surgtools.gestures.labels import NO_GESTURE

OVERLAPS = (0.1, 0.25, 0.5)

Run = tuple[str, int, int]
"""Label, first frame, frame after the last."""


def runs_of(labels: Sequence[str]) -> list[Run]:
    """Stretches of equal labels, those without a gesture left out."""
    runs, start = [], 0
    for label, group in groupby(labels):
        end = start + len(list(group))
        if label != NO_GESTURE:
            runs.append((label, start, end))
        start = end
    return runs


def score_segments(
    truth: Sequence[Sequence[str]], found: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Scores over videos.

    Args:
        truth: of each video the label of every frame.
        found: the same, as a network says it.

    Returns:
        ``frame_accuracy`` over all frames, ``edit`` as the mean over videos, ``F1@10``, ``F1@25``
        and ``F1@50`` over the segments of all videos.
    """
    pairs = [(runs_of(t), runs_of(f)) for t, f in zip(truth, found, strict=True)]
    right = [a == b for t, f in zip(truth, found, strict=True) for a, b in zip(t, f, strict=True)]
    scores = {
        "frame_accuracy": float(np.mean(right)),
        "edit": float(np.mean([edit_score(t, f) for t, f in pairs])),
    }
    for overlap in OVERLAPS:
        counts = np.sum([_count(t, f, overlap) for t, f in pairs], axis=0)
        hits, false, missed = counts
        whole = 2 * hits + false + missed
        scores[f"F1@{overlap * 100:.0f}"] = float(2 * hits / whole) if whole else 1.0
    return scores


def edit_score(truth: Sequence[Run], found: Sequence[Run]) -> float:
    """1 less the Levenshtein distance of the two orders of labels over the longer one."""
    a, b = [run[0] for run in truth], [run[0] for run in found]
    row = list(range(len(b) + 1))
    for i, label in enumerate(a, start=1):
        before, row = row, [i]
        for j, other in enumerate(b, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (label != other)))
    longest = max(len(a), len(b))
    return 1 - row[-1] / longest if longest else 1.0


def _count(truth: list[Run], found: list[Run], overlap: float) -> tuple[int, int, int]:
    """Hits, false and missed segments; a true segment is hit once.

    What is found belongs to the true segment that it overlaps most. If that is hit already it is
    false, whatever else it overlaps: other tools count so, too.
    """
    taken: set[int] = set()
    for label, start, end in found:
        best, where = 0.0, None
        for n, (other, first, last) in enumerate(truth):
            if other != label:
                continue
            union = max(end, last) - min(start, first)
            share = max(min(end, last) - max(start, first), 0) / union
            if share > best:
                best, where = share, n
        if where is not None and where not in taken and best >= overlap:
            taken.add(where)
    return len(taken), len(found) - len(taken), len(truth) - len(taken)
