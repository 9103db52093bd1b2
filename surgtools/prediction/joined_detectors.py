"""Two detectors as one: one that knows small instruments in large frames, and one for large ones.

A detector answers badly for sizes that its training did not have. The size of a box is its
diagonal over the shorter side of the picture.

Shapes: N boxes, ``xyxy`` in image pixels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgtools.boxes import nms_xyxy
from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes, Detector, DetectorBackend


@dataclass(frozen=True)
class Beside:
    """A detector that helps another one out.

    Attributes:
        backend: its network.
        smallest: size from which its boxes count.
        largest: size up to which those of the other one count.
    """

    backend: DetectorBackend
    smallest: float
    largest: float


class JoinedDetectors:
    """What either of two detectors finds, each box once.

    The second one gives at most as many as the first may: what comes after its best ones was never
    reported in the real pictures of benchmarks/RESULTS.md, and each box costs a crop.

    Args:
        detector: of all sizes up to ``beside.largest``.
        second: a detector with the network of ``beside``.
        beside: which sizes are whose.
        same: overlap above which two boxes of one category are one.
    """

    def __init__(
        self, detector: Detector, second: Detector, beside: Beside, same: float = 0.65
    ) -> None:
        self.detector, self.second, self.beside, self.same = detector, second, beside, same

    @property
    def backend(self) -> DetectorBackend:
        """The network of the first."""
        return self.detector.backend

    def __call__(
        self, images: Sequence[np.ndarray], score_thr: float | None = None
    ) -> list[Boxes]:
        """Boxes of each (H, W, 3) BGR picture, best first; arguments as of ``Detector``."""
        small, large = self.detector(images, score_thr), self.second(images, score_thr)
        most = self.backend.spec.max_boxes
        joined = []
        for image, ours, theirs in zip(images, small, large, strict=True):
            ours = ours.subset(sizes_of(ours, image) <= self.beside.largest)
            theirs = theirs.subset(sizes_of(theirs, image) >= self.beside.smallest)
            joined.append(join_boxes((ours, theirs), self.same, most))
        return joined


def sizes_of(boxes: Boxes, image: np.ndarray) -> np.ndarray:
    """(N,) diagonals over the shorter side of an (H, W, 3) picture."""
    sides = boxes.xyxy[:, 2:] - boxes.xyxy[:, :2]
    return np.hypot(sides[:, 0], sides[:, 1]) / min(image.shape[:2])


def join_boxes(looks: Sequence[Boxes], same: float, most: int | None = None) -> Boxes:
    """Boxes of several looks at one picture, best first.

    Args:
        looks: one or more.
        same: overlap above which the worse of two boxes of one category is left out.
        most: of those that are left at most so many of each look; None keeps all.
    """
    xyxy = np.concatenate([own.xyxy for own in looks])
    scores = np.concatenate([own.scores for own in looks])
    category_ids = np.concatenate([own.category_ids for own in looks])
    keep = np.asarray(nms_xyxy(xyxy, scores, category_ids, same), int)
    if most is not None:
        look = np.repeat(np.arange(len(looks)), [len(own) for own in looks])[keep]
        ranks = [np.sum(look[:at] == own) for at, own in enumerate(look)]
        keep = keep[np.array(ranks, int) < most]
    return Boxes(xyxy[keep], scores[keep], category_ids[keep])


def read_beside(
    settings: Mapping[str, Any], where: object, open_network: Callable[..., DetectorBackend]
) -> Beside | None:
    """What ``beside`` in a config or in ``meta.json`` names; None where it names nothing.

    Args:
        where: the file, for messages.
        open_network: what is named to its network.

    Raises:
        InputError: a size is missing or no number, or a gap lies between the two.
    """
    named = settings.get("beside")
    if not named:
        return None
    try:
        smallest, largest = float(named["smallest"]), float(named["largest"])
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{where}: `beside` needs the numbers `smallest` and `largest`: sizes from which the "
            "second detector counts and up to which the first one does"
        ) from None
    if not 0 <= smallest <= largest:
        raise InputError(
            f"{where}: `beside` leaves sizes from {largest:g} to {smallest:g} to nobody; "
            "`smallest` must not be larger than `largest`"
        )
    return Beside(open_network(named), smallest, largest)
