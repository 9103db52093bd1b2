"""Tell views of the same moments from views that were put together wrongly.

Views of one moment meet closely: keypoints of rendered instruments miss each other by a
hundredth of the instrument's size at the median. Of pictures of two moments hardly any instrument
meets, and none closely, see ``benchmarks/spatial_synchrony.py``.

Shapes: C cameras.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surgtools.errors import InputError
from surgtools.spatial.rig import RigCamera
from surgtools.spatial.view_files import Moment
from surgtools.spatial.view_matching import Group, Seen, miss_share

CLOSE = 0.5
"""Views meet closely that miss by less than this share of what is allowed."""

LEAST = 0.5
"""A view of which less than this share meets another view closely belongs to other moments."""

DOUBTED = 0.6
"""Below this share a view is doubted."""

_NAMED = 4


@dataclass
class Agreement:
    """Counts how many instruments that two views can show meet closely, view by view.

    Args:
        cameras: of the views, in their order.
        max_share: see ``match_views``.

    Attributes:
        possible: (C,) instruments of each view that another one can show as well.
    """

    cameras: Sequence[RigCamera]
    max_share: float
    possible: np.ndarray = field(init=False)
    _close: np.ndarray = field(init=False)
    _apart: list[list[Moment]] = field(init=False)

    def __post_init__(self) -> None:
        self.possible, self._close = np.zeros((2, len(self.cameras)), dtype=int)
        self._apart = [[] for _ in self.cameras]

    def count(self, row: Sequence[Moment | None], groups: Sequence[Group]) -> None:
        """Take note of one moment.

        Args:
            row: what every view saw then, None where it saw nothing.
            groups: what of it was matched.
        """
        possible = _possible([moment.instances if moment else [] for moment in row])
        close = np.zeros_like(possible)
        for group in groups:
            if self._is_close(group):
                close[list(group)] += 1
        self.possible += possible
        self._close += np.minimum(close, possible)
        for view in np.flatnonzero((possible > 0) & (close == 0)):
            self._apart[view].append(row[view])

    def share(self, view: int) -> float:
        """Of what one view and another one can both show, the share that meets; NaN of none."""
        return self._close[view] / self.possible[view] if self.possible[view] else float("nan")

    def check(self, paths: Sequence[Path], hint: str = "") -> list[str]:
        """What must be doubted, a line for each view.

        Args:
            paths: of the views.
            hint: what else the error says.

        Raises:
            InputError: a view hardly ever meets another one.
        """
        shares = np.array([self.share(view) for view in range(len(paths))])
        if not self.possible.any():
            return [
                f"{_names(paths)}: no two views ever show an instrument of the same category; "
                "nothing can be placed in space"
            ]
        wrong = np.flatnonzero(shares < LEAST)
        if len(wrong):
            worst = wrong[np.argmin(shares[wrong])]
            raise InputError(
                f"{_names([paths[i] for i in wrong])}: {self._met(worst)}; the views are not of "
                f"the same moments, two cameras are exchanged, or the rig is another one{hint}"
            )
        doubted: dict[str, list[Path]] = {}
        for view in np.flatnonzero(shares < DOUBTED):
            line = f"{self._met(view)}; look at {self._where(view)}"
            doubted.setdefault(line, []).append(paths[view])
        return [f"{_names(whose)}: {line}" for line, whose in doubted.items()]

    def _met(self, view: int) -> str:
        return (
            f"{self._close[view]} of {self.possible[view]} instruments that another view shows "
            "as well meet it in space"
        )

    def _is_close(self, group: Group) -> bool:
        return miss_share(self.cameras, group) <= CLOSE * self.max_share

    def _where(self, view: int) -> str:
        """The moments at which nothing meets."""
        apart = self._apart[view]
        if not apart:
            return "moments with several instruments"
        if apart[0].time_s is not None:
            return f"{len(apart)} moments from {apart[0].time_s:.2f} to {apart[-1].time_s:.2f} s"
        more = f" and {len(apart) - _NAMED} more" if len(apart) > _NAMED else ""
        return ", ".join(moment.name for moment in apart[:_NAMED]) + more


def _possible(seen: Sequence[Sequence[Seen]]) -> np.ndarray:
    """(C,) how many instruments of each view another view can show as well."""
    ids = [[one.category.id for one in view] for view in seen]
    possible = np.zeros(len(seen), dtype=int)
    for category in {i for view in ids for i in view}:
        counts = np.array([view.count(category) for view in ids])
        for view, count in enumerate(counts):
            possible[view] += min(count, np.delete(counts, view).max(initial=0))
    return possible


def _names(paths: Sequence[Path]) -> str:
    return " and ".join(map(str, paths))
