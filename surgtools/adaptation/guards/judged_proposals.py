"""What two pairs of networks say of the same frames, told apart by place and by trust.

Shapes: N proposals.
"""

from dataclasses import dataclass

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.boxes import box_iou_xyxy
from surgtools.evaluation.settings import SCORE_THR
from surgtools.prediction.views import keypoint_distance

SAME_LABEL = 0.1
"""Keypoints within this share of the box diagonal, on average, are the same label."""


SAME_BOX = 0.5
"""Overlap from which two boxes of a category without keypoints are the same label."""


@dataclass(frozen=True)
class JudgedProposals:
    """What a pair of networks proposes on the held-out frames, and what of it can be trusted.

    Attributes:
        proposals: N of them, down to low scores.
        trusted: (N,) bool, accepted by the selection rules.
    """

    proposals: Proposals
    trusted: np.ndarray

    @property
    def reported(self) -> Proposals:
        """What ``predict`` would say."""
        return self.proposals.subset(self.proposals.scores >= SCORE_THR)

    @property
    def accepted(self) -> Proposals:
        """What it would say and the rules accept."""
        return self.proposals.subset(self.trusted & (self.proposals.scores >= SCORE_THR))

    @property
    def doubtful(self) -> Proposals:
        """What it would say and the rules do not believe."""
        return self.proposals.subset(~self.trusted & (self.proposals.scores >= SCORE_THR))

    @property
    def trusted_frames(self) -> int:
        """Frames with at least one accepted instrument."""
        return frames_with_any(self.accepted)


def frames_with_any(proposals: Proposals) -> int:
    """Frames that hold something."""
    return len(np.unique(proposals.frames))


def count_changed(before: Proposals, now: Proposals) -> int:
    """Frames that hold something in one of the two only."""
    return len(np.setxor1d(before.frames, now.frames))


def instances_per_frame(proposals: Proposals) -> float:
    """Of the frames that hold something; 1 where none does."""
    return len(proposals) / frames_with_any(proposals) if len(proposals) else 1.0


def has_neighbor(proposals: Proposals, neighbors: Proposals, keypoints: bool) -> np.ndarray:
    """(N,) whether each instance has one of the others at its place.

    Args:
        keypoints: ask for the same category and keypoints, not only for a box nearby.
    """
    result = np.zeros(len(proposals), dtype=bool)
    for index in range(len(proposals)):
        (others,) = np.nonzero(neighbors.frames == proposals.frames[index])
        if len(others) == 0:
            continue
        if keypoints:
            others = others[neighbors.category_ids[others] == proposals.category_ids[index]]
            result[index] = _is_found_again(proposals, index, neighbors, others)
        else:
            overlap = box_iou_xyxy(proposals.boxes[index][None], neighbors.boxes[others])
            result[index] = overlap.max() >= 0.2
    return result


def _is_found_again(these: Proposals, index: int, those: Proposals, others: np.ndarray) -> bool:
    """Whether one of the others, all of its category, has its keypoints, or is the same box."""
    if not these.has_keypoints[index]:
        overlap = box_iou_xyxy(these.boxes[index][None], those.boxes[others])
        return bool(overlap.max(initial=0.0) >= SAME_BOX)
    gaps = keypoint_distance(these.keypoints[index][None], those.keypoints[others])
    return bool(gaps.min(initial=np.inf) <= 2 * SAME_LABEL * these.sizes[index])
