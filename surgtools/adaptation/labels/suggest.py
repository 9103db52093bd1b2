"""Which unlabelled frames a person should label first.

A frame is worth the work when the networks contradict themselves on it: weak proposals, views
that disagree, implausible shapes. Frames that look alike teach the same thing, so each further
suggestion must be unlike those before.

Shapes: F frames, D features of a frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.evaluation.settings import SCORE_THR

THUMBNAIL = 12
"""Side of the picture, in pixels, by which frames are compared."""


@dataclass(frozen=True)
class Suggestion:
    """One frame that a person should label, and why.

    Attributes:
        file: picture, or the video it is from.
        frame: name of the extracted picture in the pool.
        doubt: how unsure the networks are, in [0, 1].
        reason: what they are unsure about.
    """

    file: str
    frame: str
    doubt: float
    reason: str


NOTHING_FOUND = 0.4
"""Doubt of a frame without any proposal: it may be empty or missed altogether."""

REASONS = ("box score is undecided", "keypoints are unsure", "views disagree")


def frame_doubts(proposals: Proposals, frames: Sequence[int]) -> tuple[np.ndarray, list[str]]:
    """How unsure the networks are of each frame: as unsure as of its most doubtful proposal.

    Each proposal has three doubts, see ``REASONS``, and their mean counts. A proposal that is too
    weak to be reported counts less: in pictures of another kind views always disagree about some.

    Args:
        proposals: with ``view_disagreement``.
        frames: positions of the frames.

    Returns:
        (F,) doubt in [0, 1] and F reasons.
    """
    apart = np.nan_to_num(proposals.statistics["view_disagreement"])
    sure = np.nan_to_num(proposals.statistics["keypoint_score"], nan=1.0)
    weight = np.clip(proposals.scores / SCORE_THR, 0, 1)
    kinds = np.stack(
        [1 - np.abs(proposals.scores - 0.4) / 0.6, 1 - sure, np.minimum(1, 4 * apart)], axis=1
    )
    kinds = weight[:, None] * np.clip(kinds, 0, 1)
    doubts, reasons = np.full(len(frames), NOTHING_FOUND), ["nothing found"] * len(frames)
    for row, frame in enumerate(frames):
        (members,) = np.nonzero(proposals.frames == frame)
        if len(members):
            most = members[np.argmax(kinds[members].mean(axis=1))]
            doubts[row] = kinds[most].mean()
            reasons[row] = REASONS[int(np.argmax(kinds[most]))]
    return doubts, reasons


def pick_diverse(doubts: np.ndarray, features: np.ndarray, count: int) -> list[int]:
    """Take the most doubtful frames that are unlike those already taken.

    Args:
        doubts: (F,) in [0, 1].
        features: (F, D); distances are relative to the typical one.
        count: to pick; fewer when there are fewer frames.

    Returns:
        Positions, best first.
    """
    count = min(count, len(doubts))
    if count == 0:
        return []
    chosen = [int(np.argmax(doubts))]
    nearest = np.linalg.norm(features - features[chosen[0]], axis=1)
    typical = max(float(np.median(nearest)), 1e-9)
    while len(chosen) < count:
        value = doubts * np.minimum(nearest / typical, 1.0)
        value[chosen] = -1.0
        best = int(np.argmax(value))
        chosen.append(best)
        nearest = np.minimum(nearest, np.linalg.norm(features - features[best], axis=1))
    return chosen


def suggest_frames(pool: FramePool, proposals: Proposals, count: int) -> list[Suggestion]:
    """The frames of a pool most worth labelling, best first.

    Args:
        pool: all its frames count, held out or not.
        proposals: of all its frames.
        count: how many.
    """
    frames = list(range(len(pool)))
    doubts, reasons = frame_doubts(proposals, frames)
    features = np.array(
        [
            cv2.resize(pool.read(i), (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).ravel()
            for i in frames
        ],
        dtype=float,
    )
    return [
        Suggestion(
            pool.frames[i].source, pool.frames[i].file_name, round(float(doubts[i]), 4), reasons[i]
        )
        for i in pick_diverse(doubts, features, count)
    ]
