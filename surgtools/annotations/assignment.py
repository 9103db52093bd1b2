"""Deal groups out to parts in given ratios, balanced in several quantities at once.

Groups are taken largest first and put where the parts' shares of every quantity stay nearest to
the ratios; the seed decides between equals. What was assigned before stays.

Shapes: G groups, F quantities, P parts.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError


def assign_groups(
    features: Mapping[str, Sequence[float]],
    ratios: Sequence[float],
    seed: int,
    parts: Sequence[str] = PARTS,
    previous: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give every group one part.

    Args:
        features: group name to its (F,) quantities; the first one is the number of images.
        ratios: (P,) shares of the parts, with sum 1.
        seed: decides the order of groups of equal size.
        parts: (P,) names.
        previous: parts of groups that stay where they are.

    Returns:
        Group name to part name, for exactly the groups of ``features``; empty for none.

    Raises:
        InputError: ratios and parts do not fit, or there are fewer groups than parts.
    """
    check_ratios(ratios, parts)
    previous = {g: p for g, p in (previous or {}).items() if g in features}
    used = [n for n, ratio in enumerate(ratios) if ratio > 0]
    if features and len(features) < len(used):
        raise InputError(
            f"{len(features)} groups cannot fill {len(used)} parts; group more finely or give "
            "fewer parts"
        )
    names = sorted(features)
    if not names:
        return {}
    table = np.array([features[name] for name in names], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    table /= table.sum(axis=0)
    share = dict(zip(names, table.tolist(), strict=True))
    have = [[0.0] * table.shape[1] for _ in ratios]
    counts = [0] * len(ratios)

    def put(name: str, part: int) -> None:
        counts[part] += 1
        have[part] = [h + g for h, g in zip(have[part], share[name], strict=True)]

    position = {part: n for n, part in enumerate(parts)}
    for name, part in previous.items():
        if part not in position:
            raise InputError(f"group {name!r} was in part {part!r}; the parts now are {parts}")
        put(name, position[part])
    assigned = dict(previous)
    rest = [name for name in names if name not in previous]
    rest.sort(key=lambda name: (-sum(share[name]), _shuffle_key(seed, name)))
    for left, name in zip(range(len(rest), 0, -1), rest, strict=True):
        empty = [n for n in used if counts[n] == 0]
        choice = empty if len(empty) >= left else used
        part = min(choice, key=lambda n: (_growth(have[n], share[name], ratios[n]), n))
        put(name, part)
        assigned[name] = parts[part]
    return {name: assigned[name] for name in names}


def check_ratios(ratios: Sequence[float], parts: Sequence[str]) -> None:
    """Refuse shares that cannot be dealt out.

    Raises:
        InputError: not one share for each part, a part named twice, or a sum other than 1.
    """
    if len(ratios) != len(parts):
        raise InputError(
            f"{len(ratios)} ratios for {len(parts)} parts {list(parts)}; give one each"
        )
    if len(set(parts)) != len(parts):
        raise InputError(f"the parts {list(parts)} repeat a name")
    if any(not 0 <= ratio <= 1 for ratio in ratios) or abs(sum(ratios) - 1) > 1e-6:
        raise InputError(f"ratios {list(ratios)}; shares from 0 to 1 with sum 1 are expected")


def _growth(have: list[float], group: list[float], ratio: float) -> float:
    """How much a part's chi-square distance from its target grows when it takes the group."""
    return sum(g * (2 * (h - ratio) + g) for h, g in zip(have, group, strict=True)) / ratio


def _shuffle_key(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
