"""Label one of the generator's own shapes: a small YAML that names its points.

    category: scissors
    shape: scissors                  # a kind of ``data_gen.instruments.KINDS``
    ranges: {length: [0.14, 0.18]}   # optional: narrower than the shape's own
    keypoints:                       # of the category: points of the shape
      screw: joint
      left_tip: left_tip

Every picture shows another instrument of the family, as with the built-in categories.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from data_gen.instruments import KINDS, sample_instrument
from data_gen.instruments.model import Articulated, InstrumentModel
from surgtools.errors import InputError
from surgtools.taxonomy import Category

KEYS = ("category", "shape", "ranges", "keypoints")


class LabelledShape(InstrumentModel):
    """A shape of the generator whose points are the keypoints of a category.

    Args:
        path: the file to name in messages.
        category: what is labelled.
        kind: key of ``KINDS``.
        points: keypoint of the category to point of the shape.
        ranges: narrower ranges of the shape's measures.

    Raises:
        InputError: the kind has no such points, or keypoints and points do not fit.
    """

    category: Category = None

    def __init__(
        self,
        path: Path,
        category: Category,
        kind: str,
        points: Mapping[str, str],
        ranges: Mapping | None = None,
    ) -> None:
        self.path, self.category, self.kind = path, category, kind
        self.name, self.category_id = category.name, category.id
        self.ranges = dict(ranges or {})
        self._drawn = self._draw(np.random.default_rng(0))
        self._order = self._match(points)
        self._take(self._drawn)

    def draw(self, rng: np.random.Generator) -> "LabelledShape":
        """Another instrument of the family."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._take(self._draw(rng))
        return other

    def articulate(self, opening: float) -> Articulated:
        posed = self._drawn.articulate(opening)
        order = self._order
        return Articulated(
            posed.parts,
            posed.keypoints[order],
            posed.radii[order],
            tuple(posed.owners[i] for i in order),
        )

    def held_points(self, opening: float) -> np.ndarray | None:
        return self._drawn.held_points(opening)

    def rest_rotations(self, opening: float | None = None) -> list[np.ndarray]:
        return self._drawn.rest_rotations(opening)

    def _draw(self, rng: np.random.Generator) -> InstrumentModel:
        try:
            model = sample_instrument(self.kind, rng, self.ranges)
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from error
        model.category_id = self.category_id  # an unlabelled kind gives its points only then
        return model

    def _take(self, model: InstrumentModel) -> None:
        self._drawn = model
        self.opening_range, self.parameters = model.opening_range, model.parameters
        self.ringed, self.pen_like = model.ringed, model.pen_like

    def _match(self, points: Mapping[str, str]) -> list[int]:
        """Position among the shape's points of each keypoint, in the category's order."""
        known = self._drawn.point_names
        if not known:
            able = ", ".join(kind for kind in KINDS if _has_points(kind))
            raise InputError(
                f"{self.path}: shape {self.kind!r} has no points to label; use one of {able}"
            )
        wanted = self.category.keypoints
        for name, point in points.items():
            if name not in wanted:
                raise InputError(
                    f"{self.path}: keypoint {name!r} is unknown to {self.name}; use "
                    f"{', '.join(wanted)}"
                )
            if point not in known:
                raise InputError(
                    f"{self.path}: keypoints.{name}: shape {self.kind!r} has no point {point!r}; "
                    f"use one of {', '.join(known)}"
                )
        missing = [name for name in wanted if name not in points]
        if missing:
            raise InputError(
                f"{self.path}: keypoints {', '.join(missing)} are missing; name the point of "
                f"each: {', '.join(known)}"
            )
        return [known.index(points[name]) for name in wanted]


def _has_points(kind: str) -> bool:
    return bool(sample_instrument(kind, np.random.default_rng(0)).point_names)


def read_shape(content: Mapping, path: Path, category: Category) -> LabelledShape:
    """The model of a file that names a shape.

    Args:
        content: of the file, with ``shape``.
        category: that the file names.

    Raises:
        InputError: an unknown key, shape, point or range.
    """
    for key in content:
        if key not in KEYS:
            raise InputError(f"{path}: key {key!r} is unknown; use {', '.join(KEYS)}")
    kind, ranges = content["shape"], content.get("ranges") or {}
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{path}: shape {kind!r} is unknown; use one of {', '.join(KINDS)}")
    points = content.get("keypoints") or {}
    if not isinstance(points, Mapping) or not isinstance(ranges, Mapping):
        raise InputError(f"{path}: keypoints and ranges are tables, each name with its value")
    return LabelledShape(path, category, kind, points, ranges)
