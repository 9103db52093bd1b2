"""Instruments in space from several views, with the same number from moment to moment.

Shapes: k keypoints of one category, own order; C cameras.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from surgtools.spatial.instrument_model import SpatialModel, by_category
from surgtools.spatial.point_regions import point_covariances
from surgtools.spatial.rig import RigCamera
from surgtools.spatial.rig_fit import fit_in_rig
from surgtools.spatial.triangulation import reprojection_errors, triangulate
from surgtools.spatial.view_agreement import Agreement
from surgtools.spatial.view_delay import delay_hint
from surgtools.spatial.view_files import (
    Moment,
    ViewFile,
    refuse_copies,
    same_moments,
    uncovered,
)
from surgtools.spatial.view_matching import MAX_SHARE, Group, match_views
from surgtools.taxonomy import Category

FORGET_S = 1.0
"""A track that was not seen for longer is ended."""

LENGTHS_MM = (5.0, 2000.0)
"""No instrument is shorter or longer."""

_REACH = 0.5
"""An instrument goes less than this share of its length from one moment to the next."""


@dataclass(frozen=True)
class SpaceInstance:
    """One instrument in space.

    Attributes:
        points: (k, 3) in the frame and unit of the rig; sides as the first view names them.
        errors: (k,) root mean square reprojection error, pixels.
        covariances: (k, 3, 3) of the points, squared unit of the rig.
        counts: (k,) views that were used.
        views: numbers of the cameras that see it.
        misfit: how badly the model of its category fits, see ``rig_fit``; None without a model.
        opening: radians, where the model fits: the points are then those of the model.
    """

    category: Category
    points: np.ndarray
    errors: np.ndarray
    covariances: np.ndarray
    counts: np.ndarray
    views: tuple[int, ...]
    track_id: int | None = None
    misfit: float | None = None
    opening: float | None = None

    @property
    def stds(self) -> np.ndarray:
        """(k,) standard deviations in the direction that is known least, unit of the rig."""
        shown = np.isfinite(self.covariances).all(axis=(1, 2))
        stds = np.full(len(shown), np.nan)
        stds[shown] = np.sqrt(np.linalg.eigvalsh(self.covariances[shown])[:, -1])
        return stds


@dataclass(frozen=True)
class SpaceMoment:
    """All instruments of one moment; ``names`` of the frame in each view, None without one."""

    time_s: float | None
    names: list[str | None]
    instances: list[SpaceInstance]


def instruments_in_space(
    cameras: Sequence[RigCamera],
    views: Sequence[ViewFile],
    max_share: float = MAX_SHARE,
    models: Sequence[SpatialModel] = (),
) -> tuple[list[SpaceMoment], list[str]]:
    """Match, triangulate and track.

    Args:
        cameras: of the views, in their order.
        max_share: see ``match_views``.
        models: of known instruments, in millimeters of the rig; they hold keypoints together.

    Returns:
        The moments of the first view, and a line for everything that must be doubted.

    Raises:
        InputError: the views share too few moments, are not of the same ones, or one is given
            twice; a model is of no category of theirs.
    """
    refuse_copies(views)
    known = by_category(models, views[0].taxonomy)
    moments, agreement = [], Agreement(cameras, max_share)
    tracker = _Tracker() if views[0].is_video else None
    for row in same_moments(views):
        seen = [moment.instances if moment else [] for moment in row]
        groups = match_views(cameras, seen, max_share)
        agreement.count(row, groups)
        instances = [_in_space(cameras, group, known) for group in groups]
        if tracker is not None:
            instances = tracker.update(instances, row[0].time_s or 0.0)
        moments.append(SpaceMoment(row[0].time_s, [_name(m) for m in row], instances))
    shares = [agreement.share(view) for view in range(len(views))]
    hint = delay_hint(cameras, views, shares, max_share) if tracker is not None else ""
    doubts = agreement.check([view.path for view in views], hint)
    doubts += [*_model_doubts(moments, known), *_unit_doubts(moments)]
    return moments, [*uncovered(views), *doubts]


def _model_doubts(
    moments: Sequence[SpaceMoment], known: Mapping[int, SpatialModel]
) -> Iterator[str]:
    """A line for each model that fits less than half of what was found of its category."""
    for category_id, model in known.items():
        found = [i for m in moments for i in m.instances if i.category.id == category_id]
        fit = sum(instance.opening is not None for instance in found)
        if 2 * fit < len(found):
            yield (
                f"{model.path}: {fit} of {len(found)} {model.category} fit it, the others are "
                "triangulated without; it is of another instrument, or the rig is not in "
                "millimeters"
            )


def _unit_doubts(moments: Sequence[SpaceMoment]) -> Iterator[str]:
    """A line where instruments are so small or large that the rig can hardly be in millimeters."""
    lengths = [_length(instance.points) for m in moments for instance in m.instances]
    if lengths and not LENGTHS_MM[0] < (usual := float(np.median(lengths))) < LENGTHS_MM[1]:
        yield (
            f"instruments are {usual:.2g} mm long at the median; is the rig in millimeters? "
            "Multiply its `translation`s if it is in another unit, as in meters"
        )


def _length(points: np.ndarray) -> float:
    """Largest distance of two of (k, 3) points."""
    return float(np.linalg.norm(points[:, None] - points[None], axis=2).max())


def _name(moment: Moment | None) -> str | None:
    return None if moment is None else moment.name


def _in_space(
    cameras: Sequence[RigCamera], group: Group, known: Mapping[int, SpatialModel]
) -> SpaceInstance:
    numbers = sorted(group)
    own = [cameras[i] for i in numbers]
    category = group[numbers[0]].category
    pixels = np.array([group[i].pixels for i in numbers])
    noise = np.array([group[i].noise for i in numbers])
    points = triangulate(own, pixels, (noise.min(axis=0) / noise) ** 2)
    covariances = point_covariances(own, pixels, points, noise)
    misfit = opening = None
    if category.id in known:
        pose = fit_in_rig(known[category.id], category, own, pixels, noise, points)
        misfit = pose.misfit if pose else float("inf")
        if pose and pose.fits:
            points, covariances, opening = pose.points, pose.covariances, pose.opening
    errors = np.sqrt((reprojection_errors(own, pixels, points) ** 2).mean(axis=0))
    counts = np.full(len(points), len(numbers))
    return SpaceInstance(
        category, points, errors, covariances, counts, tuple(numbers), None, misfit, opening
    )


@dataclass
class _Track:
    track_id: int
    points: np.ndarray
    category_id: int
    seen_s: float


@dataclass
class _Tracker:
    tracks: list[_Track] = field(default_factory=list)
    next_id: int = 1

    def update(self, instances: list[SpaceInstance], time_s: float) -> list[SpaceInstance]:
        self.tracks = [t for t in self.tracks if time_s - t.seen_s <= FORGET_S]
        taken: dict[int, _Track] = dict(self._pairs(instances))
        numbered = []
        for row, instance in enumerate(instances):
            track = taken.get(row)
            if track is None:
                track = _Track(self.next_id, instance.points, instance.category.id, time_s)
                self.next_id += 1
                self.tracks.append(track)
            track.points, track.seen_s = instance.points, time_s
            numbered.append(replace(instance, track_id=track.track_id))
        return numbered

    def _pairs(self, instances: list[SpaceInstance]) -> Iterator[tuple[int, _Track]]:
        from scipy.optimize import linear_sum_assignment

        if not instances or not self.tracks:
            return
        costs = np.array([[_distance(one, track) for track in self.tracks] for one in instances])
        for row, column in zip(*linear_sum_assignment(costs), strict=True):
            if costs[row, column] < _REACH:
                yield int(row), self.tracks[column]


def _distance(instance: SpaceInstance, track: _Track) -> float:
    """Mean way of the keypoints in lengths of the instrument; sides may have traded places."""
    if instance.category.id != track.category_id:
        return 1e6
    length = _length(instance.points)
    orders = (np.arange(len(instance.points)), np.array(instance.category.flip_indices))
    ways = [np.linalg.norm(instance.points - track.points[o], axis=1).mean() for o in orders]
    return float(min(min(ways) / max(length, 1e-9), 1e6))
