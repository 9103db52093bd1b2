"""Where the keypoints of one instrument lie at every opening: what a fit needs to know of it.

`surgtools generate inspect MODEL --skeleton FILE` writes such a file; it is plain JSON:

{"category": "needle_holder", "keypoints": ["joint", ...], "opening_rad": [0.0, ..., 0.9],
 "points_m": [[[x, y, z], ...], ...], "spread_m": 0.0}

Shapes: k keypoints in the category's own order, S openings. Meters in the frame of the model,
tips towards +Y, the instrument flat along Z; ``left_*`` lies at x < 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.taxonomy import Category, Taxonomy

LEAST_KEYPOINTS = 4
"""Two coordinates each for six unknowns of a pose and one of the opening."""

_KEYS = {"category", "keypoints", "opening_rad", "points_m"}


@dataclass(frozen=True)
class SpatialModel:
    """Keypoints over opening.

    Attributes:
        category: name of the category.
        keypoints: their names.
        openings: (S,) radians, ascending; one for a rigid instrument.
        points: (S, k, 3) meters.
        spread: meters by which instruments of the family differ; 0 for one known instrument.
        path: of the file, for messages.
    """

    category: str
    keypoints: tuple[str, ...]
    openings: np.ndarray
    points: np.ndarray
    spread: float = 0.0
    path: str = field(default="", compare=False)

    def to_dict(self) -> dict:
        """What a model file holds."""
        return {
            "category": self.category,
            "keypoints": list(self.keypoints),
            "opening_rad": self.openings.tolist(),
            "points_m": self.points.tolist(),
            "spread_m": self.spread,
        }

    @property
    def is_rigid(self) -> bool:
        return len(self.openings) == 1

    @property
    def length(self) -> float:
        """Largest distance between two keypoints at the middle opening, meters."""
        middle = self.points[len(self.points) // 2]
        return float(np.linalg.norm(middle[:, None] - middle[None], axis=2).max())

    def at(self, opening: float) -> tuple[np.ndarray, np.ndarray]:
        """(k, 3) points at an opening and their (k, 3) derivative, meters per radian.

        Beyond the ends the last piece goes on, so that a fit that looks there can turn back.
        """
        if self.is_rigid:
            return self.points[0], np.zeros_like(self.points[0])
        last = len(self.openings) - 2
        i = min(max(int(np.searchsorted(self.openings, opening)) - 1, 0), last)
        slope = (self.points[i + 1] - self.points[i]) / (self.openings[i + 1] - self.openings[i])
        return self.points[i] + slope * (opening - self.openings[i]), slope

    def require(self, category: Category) -> None:
        """Refuse networks whose category has other keypoints.

        Raises:
            InputError: the names or their order differ.
        """
        if self.keypoints != category.keypoints:
            raise InputError(
                f"{self.path}: {self.category} has keypoints {', '.join(self.keypoints)} here and "
                f"{', '.join(category.keypoints)} in the pose model; write the model again"
            )


def by_category(models: Sequence[SpatialModel], taxonomy: Taxonomy) -> dict[int, SpatialModel]:
    """Category id to its model.

    Raises:
        InputError: a model of a category that the networks do not know or have otherwise, or two
            of one.
    """
    found: dict[int, SpatialModel] = {}
    for model in models:
        category = next((c for c in taxonomy.categories if c.name == model.category), None)
        if category is None:
            raise InputError(
                f"{model.path}: is a model of {model.category}; the networks find "
                f"{', '.join(taxonomy.classes)}"
            )
        if category.id in found:
            raise InputError(f"{model.path}: is a second model of {model.category}; give one")
        model.require(category)
        found[category.id] = model
    return found


def read_spatial_model(path: str | Path) -> SpatialModel:
    """Read a model file.

    Raises:
        InputError: it is none, or its parts do not fit together.
    """
    return to_spatial_model(read_json(path), str(path))


def to_spatial_model(content: object, path: str) -> SpatialModel:
    """A model of checked values; ``path`` stands in the messages.

    Raises:
        InputError: as ``read_spatial_model``.
    """
    if not isinstance(content, dict) or not set(content) >= _KEYS:
        raise InputError(
            f"{path}: is no instrument model; `surgtools generate inspect MODEL --skeleton FILE` "
            "writes one"
        )
    names = content["keypoints"]
    named = isinstance(content["category"], str) and isinstance(names, list)
    if not named or not all(isinstance(name, str) for name in names):
        raise InputError(f"{path}: category is a name and keypoints are a list of names")
    try:
        openings = np.array(content["opening_rad"], dtype=float)
        points = np.array(content["points_m"], dtype=float)
        spread = float(content.get("spread_m", 0.0))
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: opening_rad and points_m hold numbers only") from error
    if openings.ndim != 1 or points.shape != (len(openings), len(names), 3) or not len(openings):
        raise InputError(
            f"{path}: points_m has shape {points.shape}; openings x keypoints x 3 is expected "
            f"({len(np.atleast_1d(openings))}, {len(names)}, 3)"
        )
    if not (np.isfinite(points).all() and np.isfinite(openings).all() and spread >= 0):
        raise InputError(f"{path}: holds numbers that are not finite; write the model again")
    if (np.diff(openings) <= 0).any():
        raise InputError(f"{path}: opening_rad does not ascend; write the model again")
    if len(names) < LEAST_KEYPOINTS:
        raise InputError(
            f"{path}: {content['category']} has {len(names)} keypoints; a pose in space needs "
            f"{LEAST_KEYPOINTS}"
        )
    model = SpatialModel(content["category"], tuple(names), openings, points, spread, path)
    if not 1e-3 < model.length < 10:
        raise InputError(f"{path}: is {model.length:g} m long; points_m are meters")
    return model
