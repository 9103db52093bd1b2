"""By how much the clock of one video is behind another, from when their instruments meet.

Shapes: T moments.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surgtools.spatial.rig import RigCamera
from surgtools.spatial.view_agreement import DOUBTED, LEAST, Agreement
from surgtools.spatial.view_files import Moment, ViewFile, by_time, frame_step
from surgtools.spatial.view_matching import match_views, miss_share

MOST_S = 3.0
"""Seconds up to which a delay is looked for."""

_MOMENTS = 30
_FEWEST = 5


def delay_hint(
    cameras: Sequence[RigCamera], views: Sequence[ViewFile], shares: Sequence[float], limit: float
) -> str:
    """For a message on videos that do not belong together: when they would; else nothing.

    Args:
        shares: of each view, see ``Agreement.share``.
        limit: see ``match_views``.
    """
    wrong = [i for i, share in enumerate(shares) if share < LEAST]
    if not wrong or len(views) < 2:
        return ""
    other = next(i for i in [*wrong, *range(len(views))] if i != 0)
    delay = best_delay((cameras[0], cameras[other]), (views[0], views[other]), limit)
    if not delay:
        return ""
    late = "later" if delay > 0 else "earlier"
    return f"; they meet where {views[other].path} starts {abs(delay):.2f} s {late}"


def best_delay(
    cameras: Sequence[RigCamera], views: Sequence[ViewFile], limit: float
) -> float | None:
    """Seconds to add to the times of the second of two videos, so that both meet.

    Returns:
        None where they meet nowhere, or show too little.
    """
    first, other = views
    shown = [moment for moment in first.moments if moment.instances]
    few = [shown[i] for i in np.unique(np.linspace(0, len(shown) - 1, _MOMENTS).astype(int))]
    step = frame_step(other.moments)
    if len(few) < _FEWEST or step <= 0:
        return None
    best, most = None, 0.0
    for number in range(-int(MOST_S / step), int(MOST_S / step) + 1):
        late = [replace(m, time_s=(m.time_s or 0.0) + number * step) for m in other.moments]
        closeness = _closeness(cameras, few, by_time(few, late, step / 2), limit)
        if closeness > most:
            best, most = number * step, closeness
    return best


def _closeness(
    cameras: Sequence[RigCamera],
    few: Sequence[Moment],
    partners: Sequence[Moment | None],
    limit: float,
) -> float:
    """How closely both meet, from 0 to 1; 0 where too few meet."""
    agreement, close = Agreement(cameras, limit), 0.0
    for moment, partner in zip(few, partners, strict=True):
        seen = [moment.instances, partner.instances if partner else []]
        groups = match_views(cameras, seen, limit)
        agreement.count((moment, partner), groups)
        close += sum(max(1 - miss_share(cameras, group) / limit, 0) for group in groups)
    if agreement.possible.min() < _FEWEST or agreement.share(1) < DOUBTED:
        return 0.0
    return close / float(agreement.possible.min())
