"""The statistics of proposals that need the shapes of the source or the neighbors in time."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selection import (
    ShapeModel,
    flow_disagreement,
    link_tracks,
    temporal_jump,
)


def add_statistics(
    proposals: Proposals,
    shapes: dict[int, ShapeModel],
    clips: Sequence[str] | None = None,
    numbers: Sequence[int] | None = None,
    read: Callable[[int], np.ndarray] | None = None,
) -> Proposals:
    """Fill in the statistics that need the source's shapes or the neighbors in time.

    Args:
        proposals: changed in place.
        shapes: category id to its shape model; another category gets NaN.
        clips: per picture position, see ``PoolFrame``; None for pictures without an order in time.
        numbers: per picture position.
        read: position to picture, for optical flow.

    Returns:
        The same proposals.
    """
    implausible = np.full(len(proposals), np.nan)
    for category_id, model in shapes.items():
        own = proposals.category_ids == category_id
        slots = proposals.taxonomy.slots_of(category_id)
        implausible[own] = model.implausibility(proposals.keypoints[own][:, slots])
    proposals.statistics["implausibility"] = implausible
    missing = np.full(len(proposals), np.nan)
    proposals.statistics["temporal_jump"] = missing
    proposals.statistics["flow_disagreement"] = missing.copy()
    if clips is None or numbers is None or len(proposals) == 0:
        return proposals
    previous = link_tracks(
        np.array([clips[frame] for frame in proposals.frames]),
        np.array([numbers[frame] for frame in proposals.frames]),
        proposals.keypoints,
        proposals.sizes,
    )
    proposals.statistics["temporal_jump"] = temporal_jump(
        previous, proposals.keypoints, proposals.sizes
    )
    if read is not None:
        read = lru_cache(maxsize=4)(read)  # neighbors share their pictures
        for now in np.nonzero(previous >= 0)[0]:
            before = previous[now]
            proposals.statistics["flow_disagreement"][now] = flow_disagreement(
                read(int(proposals.frames[before])),
                read(int(proposals.frames[now])),
                proposals.keypoints[before],
                proposals.keypoints[now],
                float(proposals.sizes[now]),
            )
    return proposals
