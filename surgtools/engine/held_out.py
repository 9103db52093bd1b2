"""Which frames the guards keep for themselves: whole groups, and enough of them to see harm.

Frames of one group (a moment of a video, or a single photograph) look alike, so a group is held
out whole or not at all. All choices are made before anything is learnt.

Shapes: N frames.
"""

from collections.abc import Sequence

import numpy as np

SHARE, MAX_SHARE = 0.2, 0.4
"""Of the frames to hold out, and at most when there are few of them or few can be trusted."""

MIN_HELD_OUT = 20
"""Fewer held-out frames than this cannot tell a change of 5 points from chance."""

MIN_TRUSTED = 5
"""Held-out frames with a trusted instrument of the starting pair. Below 13 of them none may be
lost (``guards.gate_model``), and a pair that loses half of what it found loses at least one of
five with a probability of 1 - 0.5**5 = 97 %; of three, with 88 % only."""


def share_to_hold_out(num_frames: int, share: float = SHARE) -> float:
    """The usual share, or as much more as a small folder needs for ``MIN_HELD_OUT`` frames."""
    return min(MAX_SHARE, max(share, MIN_HELD_OUT / max(num_frames, 1)))


def choose_groups(groups: Sequence[str], share: float, rng: np.random.Generator) -> set[str]:
    """Groups whose frames together make up a share.

    Args:
        groups: (N,) the group of every frame.
        share: of the frames.
        rng: draws the order in which groups are considered.

    Returns:
        The chosen groups; at least one is left, so a single group cannot be split.
    """
    names = sorted(set(groups))
    sizes = {name: list(groups).count(name) for name in names}
    wanted, chosen, count = share * len(groups), set(), 0
    for name in rng.permutation(names)[:-1].tolist():
        if count >= wanted:
            break
        # A group that overshoots by more than it helps is left for learning.
        if count + sizes[name] - wanted <= max(wanted - count, 1):
            chosen.add(name)
            count += sizes[name]
    return chosen


def add_groups(
    groups: Sequence[str], held: set[str], trusted: np.ndarray, rng: np.random.Generator
) -> set[str]:
    """Hold out further groups until ``MIN_TRUSTED`` frames among them can be trusted.

    Groups are drawn blindly, not picked for their trusted frames: those would be the easy ones,
    and on a second look chance alone would make every pair seem worse on them.

    Args:
        groups: (N,) the group of every frame.
        held: groups that are held out already.
        trusted: (N,) bool, whether the starting pair can be trusted on the frame.
        rng: draws the order.

    Returns:
        ``held`` and what was added, at most ``MAX_SHARE`` of the frames; may still be too few.
        Asked again with this answer, it adds nothing.
    """
    groups, chosen = np.asarray(groups), set(held)
    left = sorted(set(groups.tolist()) - chosen)
    for name in rng.permutation(left).tolist():
        if (trusted & np.isin(groups, list(chosen))).sum() >= MIN_TRUSTED:
            break
        if np.isin(groups, [*chosen, name]).mean() <= MAX_SHARE:
            chosen.add(name)
    return chosen
