"""The limits that decide what is reported, for one view of a picture and for several."""

from collections.abc import Sequence
from numbers import Real
from typing import NamedTuple

from surgtools.errors import InputError
from surgtools.evaluation.settings import PLACE_THR, SCORE_THR
from surgtools.prediction.views import View

DOUBTFUL = 0.5
"""Share of the threshold that one of several views needs to be sure of; all together need it."""


class Thresholds(NamedTuple):
    """What is reported.

    Attributes:
        bbox: instances score more.
        nms: overlap above which the worse of two boxes of one category is dropped; None as the
            detector was configured.
        place: overlap above which one instrument is not taken for two of different categories;
            1 keeps both.
        doubtful: share of ``bbox`` from which one of several views looks at a box.
        shown: a pose model is shown all boxes from this score on, where that is lower: its
            presence may raise them above ``bbox``.
    """

    bbox: float = SCORE_THR
    nms: float | None = None
    place: float = PLACE_THR
    doubtful: float = DOUBTFUL
    shown: float = 1.0

    def floor(self, views: Sequence[View]) -> float:
        """Lowest score of a box that a pose model is shown."""
        needed = self.bbox if len(views) == 1 else self.bbox * self.doubtful
        return min(needed, self.shown)


def require_thresholds(
    bbox_thr: float, nms_thr: float | None = None, place_thr: float = PLACE_THR
) -> Thresholds:
    """What is reported, if these are shares.

    Raises:
        InputError: one is no number from 0 to 1; of 35, meant as percent, nothing would be found.
    """
    given = {"bbox_thr": bbox_thr, "nms_thr": nms_thr, "place_thr": place_thr}
    for name, value in given.items():
        if name == "nms_thr" and value is None:
            continue
        if not isinstance(value, Real) or not 0 <= value <= 1:
            raise InputError(f"{name} {value!r} given; a number from 0 to 1 is expected")
    return Thresholds(bbox_thr, nms_thr, place_thr)
