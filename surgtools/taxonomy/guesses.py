"""What keypoint names let one guess: left/right pairs, and where the thing points.

Every guess is told to the user, who corrects it in the taxonomy file.
"""

import re

_SIDES = (
    ("left", "right"),
    ("Left", "Right"),
    ("LEFT", "RIGHT"),
    ("near", "off"),
    ("Near", "Off"),
    (r"(?<![A-Z])L(?![a-z])", "R"),
    (r"(?<![A-Za-z])l(?![A-Za-z])", "r"),
)
"""What a left name shows, and what its partner has instead; near and off are a horse's."""

_TIP = re.compile(r"(^|[_\-. ])(tip|tips|end_effector|nose)($|[_\-. ])", re.IGNORECASE)
_BASE = re.compile(r"(handle|base|grip|shaft_end|tail_?base|root)", re.IGNORECASE)


def guess_swaps(keypoints: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(left, right) pairs by name: the words differ in left and right and in nothing else.

    ``left_eye`` and ``right_eye``, ``LeftEye`` and ``RightEye``, ``eye_L`` and ``eye_R`` match.
    A single letter counts where a word could end: ``foreleg_L1`` and ``forelegL1``. A pair needs
    both names.
    """
    pairs = []
    for name in keypoints:
        partner = next((p for p in _partners(name) if p in keypoints), None)
        if partner is not None:
            pairs.append((name, partner))
    return tuple(pairs)


def _partners(name: str) -> list[str]:
    """Names that ``name``, which says left, may have on the right."""
    return [
        re.sub(pattern, right, name, count=1)
        for pattern, right in _SIDES
        if re.search(pattern, name)
    ]


def guess_axis(
    keypoints: tuple[str, ...], swaps: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(base, tips) by name; both empty unless both are found.

    Args:
        swaps: a pair is taken whole, so that the axis lies in the middle of it.
    """
    tips = _with_partners([name for name in keypoints if _TIP.search(name)], swaps)
    base = _with_partners(
        [name for name in keypoints if _BASE.search(name) and name not in tips], swaps
    )
    return (base, tips) if base and tips else ((), ())


def _with_partners(names: list[str], swaps: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    partner = {a: b for pair in swaps for a, b in (pair, pair[::-1])}
    wanted = dict.fromkeys(names)
    wanted.update(dict.fromkeys(partner[name] for name in names if name in partner))
    return tuple(wanted)
