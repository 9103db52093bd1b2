"""Follow the instruments of a video with a window, so that each frame costs one look.

Shapes: N boxes, ``xyxy`` in image pixels.
"""

import numpy as np

from surgtools.prediction.estimators import Boxes
from surgtools.prediction.zoom import Window, ZoomedDetector, uncut

EVERY = 10
"""Frames from one look at the whole frame and all its parts to the next."""

MARGIN = 0.5
"""Room around the instruments, as a share of the longest side of a box: they move, and what lies
at the border of the window is taken to be cut."""

WIDE = 0.7
"""A window larger than this share of the frame brings nothing; the whole frame is looked at."""


class FollowingWindow:
    """The detector of one video, asked frame by frame.

    The first frame and then every so many are looked at whole and in parts, as pictures are.
    Between, one look shows a window around the instruments of the last frame, or the whole frame
    where there were none.

    Args:
        detector: whose zoom says how small the window may be.
        follow_thr: boxes with a higher score are followed.
        every: frames from one whole look to the next.
    """

    def __init__(self, detector: ZoomedDetector, follow_thr: float, every: int = EVERY) -> None:
        self.detector, self.follow_thr, self.every = detector, follow_thr, every
        self._since = every
        self._last = Boxes()

    def __call__(self, image: np.ndarray, score_thr: float | None = None) -> Boxes:
        """Boxes of the next frame, best first."""
        height, width = image.shape[:2]
        along = self.detector.along(image)
        window = window_around(self._last.xyxy, width, height, along)
        self._since += 1
        if self._since >= self.every:
            (found,) = self.detector([image], score_thr)
            self._since = 0
        elif window is None:
            (found,) = self.detector.detector([image], score_thr)
        else:
            x1, y1, x2, y2 = window
            part = np.ascontiguousarray(image[y1:y2, x1:x2])
            (own,) = self.detector.detector([part], score_thr)
            found = uncut(own, window, width, height)
        self._last = found.subset(found.scores > self.follow_thr)
        return found


def window_around(boxes: np.ndarray, width: int, height: int, along: int) -> Window | None:
    """The part of a frame that shows all boxes (N, 4) with room around them.

    Args:
        along: the window is at least so many times smaller than the frame's sides as a tile is
            where so many lie along them.

    Returns:
        In the proportions of the frame; None where there is no box or the window is nearly it.
    """
    if not len(boxes):
        return None
    room = MARGIN * float((boxes[:, 2:] - boxes[:, :2]).max())
    low, high = boxes[:, :2].min(axis=0) - room, boxes[:, 2:].max(axis=0) + room
    size = np.array([width, height])
    share = max(float(((high - low) / size).max()), 1 / along)
    if share > WIDE:
        return None
    extent = np.ceil(share * size).astype(int)
    start = np.clip(((low + high) / 2 - extent / 2).round().astype(int), 0, size - extent)
    x, y = start.tolist()
    return x, y, x + int(extent[0]), y + int(extent[1])
