"""A user's own instrument as its files describe it, before it becomes a model.

``mesh_files`` and ``blend_files`` read one each from YAML with meshes and from a ``.blend``.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data_gen.instruments.model import Part
from surgtools.errors import InputError
from surgtools.taxonomy import Category

SIZES = (0.01, 1.0)
"""Plausible lengths of an instrument in meters; anything else means wrong units."""


@dataclass(frozen=True)
class Hinge:
    """What turning parts turn about: a point in meters and a unit axis."""

    point: np.ndarray
    axis: np.ndarray


@dataclass(frozen=True)
class Point:
    """A keypoint in meters, and the part it moves with; None moves with nothing."""

    at: np.ndarray
    part: str | None = None
    radius: float | None = None


@dataclass(frozen=True)
class Described:
    """Parts, keypoints and hinge in the file's own frame, in meters and radians.

    Attributes:
        path: the file to name in messages.
        category: what it is labelled as.
        turns: for each part the share of the opening it turns by, 0 stays.
        opening: smallest, largest, and the one the file shows.
        units: as the file says, for the inspection.
    """

    path: Path
    category: Category
    parts: list[Part]
    turns: list[float]
    keypoints: dict[str, Point]
    hinge: Hinge | None = None
    opening: tuple[float, float, float] = (0.0, 0.0, 0.0)
    units: str = "m"
    materials: dict[str, str] = field(default_factory=dict)

    def check(self) -> "Described":
        """Refuse what cannot be rendered or labelled.

        Raises:
            InputError: one line naming the file, the key and what to do.
        """
        if not self.parts:
            raise InputError(f"{self.path}: has no mesh; give at least one part with faces")
        for part in self.parts:
            if not part.faces:
                raise InputError(
                    f"{self.path}: part {part.name!r} has no faces; export it as a mesh of faces"
                )
        self._check_hinge()
        self._check_keypoints()
        size = float(np.ptp(np.concatenate([p.vertices for p in self.parts]), axis=0).max())
        if not SIZES[0] <= size <= SIZES[1]:
            raise InputError(
                f"{self.path}: the instrument is {size:.4g} m long, {SIZES[0]} to {SIZES[1]} m "
                f"are expected; its units are read as {self.units!r}, correct them"
            )
        return self

    def _check_hinge(self) -> None:
        low, high, shown = self.opening
        if not low <= high:
            raise InputError(
                f"{self.path}: opening runs from {np.degrees(low):.4g} down to "
                f"{np.degrees(high):.4g} degrees; give the smaller first"
            )
        for part, turn in zip(self.parts, self.turns, strict=True):
            if turn and self.hinge is None:
                raise InputError(
                    f"{self.path}: part {part.name!r} turns but there is no hinge; "
                    "add a hinge, or set its turn to 0"
                )

    def _check_keypoints(self) -> None:
        instrument = self.category
        expected = ", ".join(instrument.keypoints) or "none"
        for name in self.keypoints:
            if name not in instrument.keypoints:
                raise InputError(
                    f"{self.path}: keypoint {name!r} is unknown to {instrument.name}; use "
                    f"{expected}"
                )
        missing = [name for name in instrument.keypoints if name not in self.keypoints]
        if missing:
            raise InputError(
                f"{self.path}: keypoints {', '.join(missing)} are missing; "
                f"{instrument.name} needs {expected}"
            )
        names = {part.name for part in self.parts}
        for name, point in self.keypoints.items():
            if point.part is not None and point.part not in names:
                raise InputError(
                    f"{self.path}: keypoint {name!r} moves with part {point.part!r}, which does "
                    f"not exist; use one of {', '.join(sorted(names))}"
                )


def default_turn(part: str) -> float:
    """Parts named left... and right... share the opening, anything else stays."""
    return {"left": -0.5, "right": 0.5}.get(part.lower().replace("-", "_").split("_")[0], 0.0)
