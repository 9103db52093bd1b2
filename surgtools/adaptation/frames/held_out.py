"""Choose the frames that are never learnt from, so that the guards can measure harm on them.

Frames of one group (a moment of a video, or a single photograph) look alike, so a group is held
out whole or not at all. A film is a video, or a folder whose pictures follow one another; its
groups are blocks of time, or all of it is one. All choices are made before anything is learnt.

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
lost (``gates.gate_model``), and a pair that loses half of what it found loses at least one of
five with a probability of 1 - 0.5**5 = 97 %; of three, with 88 % only."""

MANY_FILMS = 5
"""From so many films on whole ones are held out where that gives enough frames."""

_BLOCK = " block "


def block_group(film: str, number: int) -> str:
    """Name of the group of one block of a film."""
    return f"{film}{_BLOCK}{number}"


def whole_films(groups: Sequence[str]) -> list[str]:
    """The same (N,) groups with all blocks of a film in one."""
    return [group.partition(_BLOCK)[0] for group in groups]


def split_groups(groups: Sequence[str], share: float, seed: int) -> tuple[list[str], set[str]]:
    """Choose what is held out, of whole films where these are many and suffice.

    Args:
        groups: (N,) the group of every frame.
        share: of the frames, see ``share_to_hold_out``.
        seed: of the order in which groups are considered.

    Returns:
        (N,) the groups that are held out whole, and those chosen. Their frames may be fewer than
        ``MIN_HELD_OUT`` where even blocks of films do not give as many.
    """
    films = {group.partition(_BLOCK)[0] for group in groups if _BLOCK in group}
    ways = [whole_films(groups)] if len(films) >= MANY_FILMS else []
    for names in [*ways, list(groups)]:
        rng = np.random.default_rng(seed)
        chosen = choose_groups(names, share, rng)
        every = np.ones(len(names), bool)
        chosen = add_groups(names, chosen, every, rng, least=MIN_HELD_OUT)
        if np.isin(names, list(chosen)).sum() >= MIN_HELD_OUT:
            break
    return names, chosen


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
    groups: Sequence[str],
    held: set[str],
    trusted: np.ndarray,
    rng: np.random.Generator,
    least: int = MIN_TRUSTED,
) -> set[str]:
    """Hold out further groups until enough frames among them can be trusted.

    Groups are drawn blindly, not picked for their trusted frames: those would be the easy ones,
    and on a second look chance alone would make every pair seem worse on them.

    Args:
        groups: (N,) the group of every frame.
        held: groups that are held out already.
        trusted: (N,) bool, whether the starting pair can be trusted on the frame.
        rng: draws the order.
        least: trusted frames that are enough.

    Returns:
        ``held`` and what was added, at most ``MAX_SHARE`` of the frames; may still be too few.
        Asked again with this answer, it adds nothing.
    """
    groups, chosen = np.asarray(groups), set(held)
    left = sorted(set(groups.tolist()) - chosen)
    for name in rng.permutation(left).tolist():
        if (trusted & np.isin(groups, list(chosen))).sum() >= least:
            break
        if np.isin(groups, [*chosen, name]).mean() <= MAX_SHARE:
            chosen.add(name)
    return chosen
