"""The things of a scene: an instrument or an object, its pose, and its points in the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from data_gen.clutter import sample_clutter
from data_gen.instruments import InstrumentModel, Part, sample_instrument
from data_gen.labels import to_frame
from data_gen.materials import Look, sample_look
from data_gen.presets import happens


@dataclass(frozen=True)
class Surface:
    """A plain surface of something that is no instrument; color is sRGB in 0..1.

    Attributes:
        blood: share of it that is stained.
    """

    color: np.ndarray
    roughness: float
    metallic: float
    blood: float = 0.0


@dataclass(frozen=True)
class Wear:
    """What the hands of a scene wear: ranges of their shape, and how it looks."""

    shape: Mapping[str, Any]
    look: Look


@dataclass(frozen=True)
class Body:
    """One thing, rendered as one object per part.

    Attributes:
        name: unique in its scene; its objects are called ``NAME.PART``.
        category_id: COCO category; None is rendered and never labelled.
        opening: radians; 0 for what does not open.
        pose: (4, 4) model frame to world.
        keypoints: (k, 3) in the model frame, None without a category.
        radii, owners: see ``instruments.model.Articulated``.
        seed, wear: a hand is made again from them when the instrument moves.
    """

    name: str
    kind: str
    parts: list[Part]
    pose: np.ndarray = field(default_factory=lambda: np.eye(4))
    category_id: int | None = None
    opening: float = 0.0
    model: InstrumentModel | None = None
    keypoints: np.ndarray | None = None
    radii: np.ndarray | None = None
    owners: tuple[tuple[str, ...], ...] | None = None
    look: Look | None = None
    surface: Surface | None = None
    seed: int = 0
    wear: Wear | None = None

    def vertices(self) -> np.ndarray:
        """(V, 3) of all parts, world, meters."""
        return to_frame(self.pose, np.concatenate([part.vertices for part in self.parts]))

    def edges(self) -> np.ndarray:
        """(E, 2) the edges of all faces, each once, as positions in ``vertices()``."""
        if self.model is None:
            return _edges_of(self.parts)
        if self.model not in _EDGES:  # they are the same at every opening
            _EDGES[self.model] = _edges_of(self.parts)
        return _EDGES[self.model]

    def keypoints_world(self) -> np.ndarray:
        """(k, 3) world, meters."""
        return to_frame(self.pose, self.keypoints)

    def owner_objects(self) -> list[set[str]]:
        """For each keypoint the names of the objects that surround it."""
        every = [part.name for part in self.parts]
        owners = self.owners or [every] * len(self.keypoints)
        return [{f"{self.name}.{part}" for part in parts} for parts in owners]

    def length(self) -> float:
        """Longest extent along an axis of the model frame, meters."""
        return float(np.ptp(np.concatenate([p.vertices for p in self.parts]), axis=0).max())

    def middle(self) -> np.ndarray:
        """(3,) middle of the bounding box in the model frame."""
        points = np.concatenate([part.vertices for part in self.parts])
        return (points.min(axis=0) + points.max(axis=0)) / 2

    def is_holdable(self) -> bool:
        """Whether a hand knows where to hold it."""
        return self.model is not None and self.model.held_points(self.opening) is not None

    def opened(self, opening: float) -> "Body":
        """The same body at another opening."""
        posed = self.model.articulate(opening)
        return replace(self, parts=posed.parts, keypoints=posed.keypoints, opening=opening)


AT_REST = (0.4, 1.0)
"""Range of the share of their largest opening by which tweezers are open that nobody presses."""

_EDGES: WeakKeyDictionary[InstrumentModel, np.ndarray] = WeakKeyDictionary()


def _edges_of(parts: list[Part]) -> np.ndarray:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    edges = [
        (start + a, start + b)
        for start, part in zip(starts, parts, strict=False)
        for face in part.faces
        for a, b in zip(face, (*face[1:], face[0]), strict=True)
    ]
    return np.unique(np.sort(edges, axis=1), axis=0)


def within_reach(body: Body, span: float) -> Body:
    """The body, closed until what thumb and fingers hold is at most ``span`` meters apart."""
    low, high = body.model.opening_range[0], body.opening
    if _held_apart(body) <= span:
        return body
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (middle, high) if _held_apart(body.opened(middle)) <= span else (low, middle)
    return body.opened(low)


def let_go(body: Body, rng: np.random.Generator) -> Body:
    """The body as it lies when no hand presses it: tweezers spring open, all else stays."""
    if body.kind != "tweezers":
        return body
    low, high = body.model.opening_range
    return body.opened(float(low + rng.uniform(*AT_REST) * (high - low)))


def _held_apart(body: Body) -> float:
    """Meters between both handles, or both arms."""
    points = body.model.held_points(body.opening)
    return float(np.linalg.norm(points[1] - points[3]))


def sample_body(
    rng: np.random.Generator,
    name: str,
    kind: str,
    opening: list[float],
    closed_share: float,
    models: dict[str, list[InstrumentModel]] | None = None,
) -> Body:
    """Draw an instrument, labelled or not, at the world's origin.

    Args:
        opening: range of the share of the model's own opening range.
        closed_share: of instruments that open by less than a tenth of it.
        models: the user's own models by kind; used in place of the built-in ones.
    """
    own = (models or {}).get(kind)
    if own:
        model = own[int(rng.integers(len(own)))].draw(rng)
    else:
        model = sample_instrument(kind, rng)
    low, high = model.opening_range
    share = rng.uniform(0, 0.1) if happens(rng, closed_share) else rng.uniform(*opening)
    angle = float(low + share * (high - low))
    posed = model.articulate(angle)
    return Body(
        name=name,
        kind=kind,
        parts=posed.parts,
        category_id=model.category_id,
        opening=angle,
        model=model,
        keypoints=posed.keypoints,
        radii=posed.radii,
        owners=posed.owners,
        look=sample_look(rng),
    )


def sample_object(rng: np.random.Generator, name: str, kind: str, scale: float = 1.0) -> Body:
    """Draw an object of ``clutter.CLUTTER`` at the world's origin."""
    thing = sample_clutter(kind, rng)
    part = Part("body", thing.vertices * scale, thing.faces, "", smooth=not thing.flat)
    surface = Surface(thing.color, thing.roughness, thing.metallic)
    return Body(name=name, kind=kind, parts=[part], surface=surface)
