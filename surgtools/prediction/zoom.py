"""Look again at parts of frames that are much larger than a detector's input.

An instrument of 100 pixels in a frame of 4K is 17 pixels for a network that sees 640. Parts of the
frame, seen one by one, show it six times as large; what the looks say is merged.

Shapes: N boxes, ``xyxy`` in image pixels; a window is x1, y1, x2, y2 in whole pixels.
"""

from collections.abc import Callable, Sequence

import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.joined_detectors import join_boxes

OVERLAP = 0.25
"""Share of a tile that its neighbor shows, too: what is shorter lies whole in one of them."""

SAME = 0.5
"""Overlap above which two looks have found one instrument."""

AT_BORDER = 0.015
"""A box that ends closer to the border of a tile, as a share of its size, is taken to be cut."""

MAX_SHRINK = 2.5
"""``auto`` looks again where a frame is shrunk more than this for the network. Frames of 1080p of
an operating theatre, shrunk three times to 640, gain by it, see benchmarks/RESULTS.md."""

Window = tuple[int, int, int, int]


def require_zoom(zoom: str | int) -> str | int:
    """How to zoom, if it is ``off``, ``auto`` or how many parts lie along the longer side.

    Raises:
        InputError: it is something else.
    """
    if zoom not in ("off", "auto") and not (str(zoom).isdecimal() and int(zoom) > 0):
        raise InputError(f"zoom {zoom!r} given; off, auto or a number of parts is expected")
    return zoom


def tiles_along(zoom: str | int, longer: int, network_side: int) -> int:
    """How many tiles lie along the longer side of a frame; 1 for the whole frame alone.

    Args:
        zoom: ``off``, ``auto`` or their number.
        longer: pixels of the frame's longer side.
        network_side: pixels that the network makes of it.
    """
    if zoom == "off":
        return 1
    if zoom != "auto":
        return int(zoom)
    along = 1
    while along < 8 and tile_side(longer, along) / network_side > MAX_SHRINK:
        along += 1
    return along


def tile_side(side: int, along: int) -> int:
    """Pixels of a tile where ``along`` of them, overlapping, fill a side."""
    return int(np.ceil(side / (along - OVERLAP * (along - 1))))


def tiles(width: int, height: int, along: int) -> list[Window]:
    """Overlapping parts of a picture, all of one size and in its proportions."""
    own_width, own_height = tile_side(width, along), tile_side(height, along)
    lefts = np.linspace(0, width - own_width, along).round().astype(int).tolist()
    tops = np.linspace(0, height - own_height, along).round().astype(int).tolist()
    return [(x, y, x + own_width, y + own_height) for y in tops for x in lefts]


class ZoomedDetector:
    """A detector that also looks at parts of large pictures.

    Args:
        detector: pictures and the lowest score to boxes, best first, such as ``Detector``.
        zoom: see ``tiles_along``.
        network_side: pixels that the network makes of a picture's longer side.
    """

    def __init__(
        self,
        detector: Callable[..., list[Boxes]],
        zoom: str | int,
        network_side: int,
    ) -> None:
        self.detector, self.zoom, self.network_side = detector, zoom, network_side

    @property
    def backend(self):
        """The network."""
        return self.detector.backend

    def __call__(
        self, images: Sequence[np.ndarray], score_thr: float | None = None
    ) -> list[Boxes]:
        """Boxes of each (H, W, 3) BGR picture, best first; arguments as of the detector."""
        found = self.detector(images, score_thr)
        for row, image in enumerate(images):
            height, width = image.shape[:2]
            along = self.along(image)
            if along > 1:
                found[row] = self.look_again(
                    image, found[row], tiles(width, height, along), score_thr
                )
        return found

    def along(self, image: np.ndarray) -> int:
        """Tiles along the longer side of a picture."""
        return tiles_along(self.zoom, max(image.shape[:2]), self.network_side)

    def look_again(
        self,
        image: np.ndarray,
        whole: Boxes,
        windows: Sequence[Window],
        score_thr: float | None = None,
    ) -> Boxes:
        """Boxes of the whole picture together with those of its parts.

        Args:
            whole: what a look at the whole picture found.
        """
        parts = [np.ascontiguousarray(image[y1:y2, x1:x2]) for x1, y1, x2, y2 in windows]
        looks = [whole]
        for window, own in zip(windows, self.detector(parts, score_thr), strict=True):
            looks.append(uncut(own, window, image.shape[1], image.shape[0]))
        return join_boxes(looks, SAME)


def uncut(boxes: Boxes, window: Window, width: int, height: int) -> Boxes:
    """Boxes of a part of a picture in pixels of the picture, without those that the part cuts.

    Args:
        boxes: in pixels of the part.
        window: where the part lies.
        width, height: of the picture; its own borders cut nothing that could be seen elsewhere.
    """
    x1, y1, x2, y2 = window
    xyxy = boxes.xyxy + np.array((x1, y1, x1, y1), np.float32)
    margin_x, margin_y = AT_BORDER * (x2 - x1), AT_BORDER * (y2 - y1)
    cut = np.zeros(len(boxes), bool)
    if x1 > 0:
        cut |= xyxy[:, 0] < x1 + margin_x
    if y1 > 0:
        cut |= xyxy[:, 1] < y1 + margin_y
    if x2 < width:
        cut |= xyxy[:, 2] > x2 - margin_x
    if y2 < height:
        cut |= xyxy[:, 3] > y2 - margin_y
    return Boxes(xyxy, boxes.scores, boxes.category_ids).subset(~cut)
