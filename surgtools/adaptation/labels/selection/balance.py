"""Limit how many labels of one category are kept, so that it does not drown the others.

Shapes: N instances.
"""

import numpy as np

from surgtools.adaptation.labels.selection.verdict import Verdict

MIN_LABELS = 20
"""Fewer labels than this are not worth learning from, and no category is cut below it."""


def balance_classes(
    category_ids: np.ndarray,
    max_ratio: float,
    rng: np.random.Generator,
    least: int = MIN_LABELS,
) -> Verdict:
    """Keep at most ``max_ratio`` times as many of any category as of the rarest one present.

    A category that is absent sets no limit: it may truly not occur, and whether that is so is
    the question of a guard, not of a rule. Who stays is drawn at random; taking the surest
    would keep the easy poses and lose the rest. Where the rarest one was found a few times only,
    the others keep ``least``: else a single find would take away all that there is to learn from.

    Args:
        category_ids: (N,).
        max_ratio: at least 1.
        rng: draws who stays.
        least: labels that any category may keep.

    Returns:
        Verdict over N instances; empty in, empty out.
    """
    category_ids = np.asarray(category_ids)
    keep = np.ones(len(category_ids), dtype=bool)
    categories, counts = np.unique(category_ids, return_counts=True)
    if len(categories) < 2:
        return Verdict(keep, [""] * len(keep))
    limit = max(int(np.ceil(max_ratio * counts.min())), least)
    for category, count in zip(categories, counts, strict=True):
        if count > limit:
            (members,) = np.nonzero(category_ids == category)
            keep[rng.choice(members, count - limit, replace=False)] = False
    reason = (
        f"its category has more than {least} and than {max_ratio:g} times the rarest one's "
        f"{counts.min()}"
    )
    return Verdict(keep, ["" if kept else reason for kept in keep])
