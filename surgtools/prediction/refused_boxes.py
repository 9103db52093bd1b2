"""Boxes of a video that presence has refused, and that still show the same.

A detector is shown to be unsure: of a frame of an operating theatre twenty boxes go to the pose
model, and presence refuses nearly all of them. In the next frame most are there again, on a drape
or a machine that does not move.

Shapes: N boxes, ``xyxy`` in image pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from surgtools.boxes import box_iou_xyxy
from surgtools.prediction.estimators import Boxes

EVERY = 10
"""Frames after which a refused box is looked at again, whatever it shows."""

SAME_PLACE = 0.7
"""Overlap from which a box is taken for the refused one."""

CELLS = 12
"""Cells along each side of a box whose mean brightness is compared."""

CHANGED = 12.0
"""Levels of 255 by which one cell changes where something else has come to be seen. Of 18 boxes a
frame of a clip in benchmarks/RESULTS.md, 12 change by less between two looks, 9 by less than 8."""

HOPELESS = 0.5
"""Share of the threshold of what is reported, up to which a box counts as refused."""


@dataclass
class _Refused:
    """One such box: its corners, category and cells, and when it was looked at."""

    xyxy: np.ndarray
    category_id: int
    cells: np.ndarray
    frame: int


class RefusedBoxes:
    """The memory of one video, asked frame by frame.

    Args:
        threshold: instances with a higher score are reported.
        every: frames after which a box is looked at again.
    """

    def __init__(self, threshold: float, every: int = EVERY) -> None:
        self.threshold, self.every = threshold * HOPELESS, every
        self._frame = 0
        self._refused: list[_Refused] = []

    def worth_a_look(self, image: np.ndarray, boxes: Boxes) -> np.ndarray:
        """(N,) whether the pose model should see each box of the next frame.

        Args:
            image: (H, W, 3) BGR uint8.
        """
        self._frame += 1
        self._refused = [
            old
            for old in self._refused
            if self._frame - old.frame < self.every
            and np.abs(cells_of(image, old.xyxy) - old.cells).max() < CHANGED
        ]
        if not self._refused or not len(boxes):
            return np.ones(len(boxes), bool)
        categories = np.array([old.category_id for old in self._refused])
        overlaps = box_iou_xyxy(boxes.xyxy, np.stack([old.xyxy for old in self._refused]))
        known = (overlaps >= SAME_PLACE) & (boxes.category_ids[:, None] == categories)
        return ~known.any(axis=1)

    def learn(self, image: np.ndarray, boxes: Boxes, scores: np.ndarray) -> None:
        """Remember which boxes of this frame were refused.

        Args:
            boxes: those that were looked at.
            scores: (N,) of the instances in them.
        """
        for row in np.flatnonzero(np.asarray(scores) < self.threshold):
            xyxy = boxes.xyxy[row]
            cells = cells_of(image, xyxy)
            self._refused.append(_Refused(xyxy, int(boxes.category_ids[row]), cells, self._frame))


def cells_of(image: np.ndarray, xyxy: np.ndarray) -> np.ndarray:
    """(CELLS, CELLS) mean brightness of the parts of a box, 0 to 255; 0 outside of the image."""
    height, width = image.shape[:2]
    x1, y1 = np.maximum(np.floor(xyxy[:2]).astype(int), 0)
    x2, y2 = np.minimum(np.ceil(xyxy[2:]).astype(int), (width, height))
    if x2 <= x1 or y2 <= y1:
        return np.zeros((CELLS, CELLS), np.float32)
    part = np.ascontiguousarray(image[y1:y2, x1:x2])
    small = cv2.resize(part, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).mean(axis=2)
