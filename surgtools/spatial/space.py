"""Add measures to what was found: in millimeters where camera and model are known, else ratios.

space = Space(camera, [model])
measured = space.measure(result)            # a FrameResult; frames of a video in order of time
measured.instances[0].spatial               # as predictions.json has it, see ``to_record``
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from surgtools.camera import Camera
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.smoothing import OneEuroFilter
from surgtools.spatial.fit import Fitter, Pose
from surgtools.spatial.flat_measures import gap_per_length, opening_shown
from surgtools.spatial.instrument_model import SpatialModel, by_category
from surgtools.spatial.sure_fits import explains, second_finds
from surgtools.taxonomy import Taxonomy

FORGET_S = 1.0
"""A track that was not seen for longer starts afresh."""

_KEEP_SIDE = 0.2
"""A pose that is at least so likely is taken where it goes on from the picture before."""

IN_SPACE = "mm in the frame of the camera (x right, y down, z forward); one of two poses that fit"
IN_PICTURE = (
    "no millimeters: give --camera and --model-3d for them; opening and gap as the picture shows "
    "them"
)


class Space:
    """Measures instances; remembers the tracks of the video it is in.

    Args:
        camera: None measures ratios only.
        models: of the categories that can be measured in space.
        taxonomy: of the networks.
        smooth: steady depth and opening of a track.

    Attributes:
        fitters: category id to what fits its instrument.

    Raises:
        InputError: a model of a category that the networks do not know or have otherwise, or two
            of one.
    """

    def __init__(
        self,
        camera: Camera | None = None,
        models: Sequence[SpatialModel] = (),
        taxonomy: Taxonomy | None = None,
        smooth: bool = True,
    ) -> None:
        self.camera, self.models, self.smooth = camera, list(models), smooth
        self.fitters: dict[int, Fitter] = {}
        self._tracks: dict[int, _Track] = {}
        self._video: str | None = None
        if camera is None or taxonomy is None:
            return
        for category_id, model in by_category(self.models, taxonomy).items():
            self.fitters[category_id] = Fitter(model, taxonomy.get(category_id), camera)

    def measure(self, result: FrameResult) -> FrameResult:
        """The same result; instances with keypoints have ``spatial``.

        Raises:
            InputError: the picture has another size than the camera.
        """
        if self.camera is not None:
            self.camera.require_size(result.width, result.height, result.source)
        if result.kind == "image" or result.stem != self._video:
            self._tracks, self._video = {}, result.stem
        time_s = result.time_s or 0.0
        self._tracks = {
            i: t for i, t in self._tracks.items() if 0 <= time_s - t.seen_s <= FORGET_S
        }
        poses = self._poses(result.instances)
        measured = zip(result.instances, poses, strict=True)
        return result.changed(instances=[self._measure(i, own, time_s) for i, own in measured])

    def to_record(self) -> dict[str, Any]:
        """What predictions.json says of its measures."""
        return space_record(self.camera if self.fitters else None, self.models, self.smooth)

    def _poses(self, instances: Sequence[Instance]) -> list[list[Pose]]:
        """Of each instance, none where they do not explain it or another one has its keypoints."""
        fits = [self._fit(instance) if _has_keypoints(instance) else [] for instance in instances]
        known = [n for n, poses in enumerate(fits) if poses]
        doubles = second_finds(
            [instances[n].category for n in known],
            [instances[n].keypoints for n in known],
            [fits[n][0].off for n in known],
        )
        for n in doubles:
            fits[known[n]] = []
        return fits

    def _measure(self, instance: Instance, poses: list[Pose], time_s: float) -> Instance:
        category = instance.category
        if not _has_keypoints(instance):
            return instance
        shown = opening_shown(category, instance.keypoints)
        entry = {
            "opening_shown_deg": None if shown is None else round(float(np.degrees(shown)), 2),
            "gap_per_length": _rounded(gap_per_length(category, instance.keypoints), 4),
        }
        fitter = self.fitters.get(instance.category_id)
        if fitter is not None:
            poses = self._in_track(fitter, instance.track_id, poses, time_s)
            entry |= pose_entry(poses, category.tips, category.keypoints)
        return instance.changed(spatial=entry)

    def _fit(self, instance: Instance) -> list[Pose]:
        fitter = self.fitters.get(instance.category_id)
        if fitter is None:
            return []
        track = self._tracks.get(instance.track_id) if instance.track_id is not None else None
        start = None if track is None else track.last.parameters
        poses = fitter(
            instance.keypoints, instance.keypoint_scores, instance.keypoint_visible, start
        )
        # Not the other pose instead: it is off by less only where it is less likely.
        return poses if poses and explains(poses[0].off, instance.keypoints) else []

    def _in_track(
        self, fitter: Fitter, track_id: int | None, poses: list[Pose], time_s: float
    ) -> list[Pose]:
        """The poses as the track goes on, the first one steadied."""
        if not poses or track_id is None:
            return poses
        track = self._tracks.get(track_id)
        if track is None:
            track = self._tracks[track_id] = _Track(poses[0])
        poses = track.ordered(poses)
        track.last, track.seen_s = poses[0], time_s
        if not self.smooth:
            return poses
        steady = track.steady(poses[0], time_s)
        return [replace(steady, gap=fitter.gap_at(steady.opening)), *poses[1:]]


def _has_keypoints(instance: Instance) -> bool:
    return 0 < len(instance.keypoints) == instance.category.num_keypoints


def space_record(
    camera: Camera | None, models: Sequence[SpatialModel], smooth: bool
) -> dict[str, Any]:
    """What predictions.json says of measures with this camera; None measures ratios only."""
    if camera is None:
        return {"units": IN_PICTURE}
    return {
        "units": IN_SPACE,
        "camera": camera.to_dict(),
        "models": {model.category: model.path for model in models},
        "smooth": smooth,
    }


@dataclass
class _Track:
    """One instrument over time."""

    last: Pose
    seen_s: float = 0.0
    _filter: OneEuroFilter = field(
        default_factory=lambda: OneEuroFilter(min_cutoff=1.0, beta=3.0, speed_cutoff=1.0)
    )

    def ordered(self, poses: list[Pose]) -> list[Pose]:
        """The pose first that goes on from the picture before, unless it is far less likely."""
        if len(poses) < 2 or min(pose.probability for pose in poses) < _KEEP_SIDE:
            return poses
        return sorted(poses, key=lambda pose: float(np.abs(pose.points - self.last.points).max()))

    def steady(self, pose: Pose, time_s: float) -> Pose:
        """The pose with depth and opening smoothed; a picture says least of these two."""
        depth = pose.points[:, 2]
        values = np.array([*np.log(np.maximum(depth, 1e-3)), pose.opening])
        smooth = self._filter(values, time_s)
        points = pose.points * (np.exp(smooth[:-1]) / depth)[:, None]
        return replace(pose, points=points, opening=float(smooth[-1]))


def pose_entry(
    poses: Sequence[Pose], tips: Sequence[str], keypoints: Sequence[str]
) -> dict[str, Any]:
    """What predictions.json has of an instrument in space.

    Args:
        poses: likelier first; nothing is measured where there is none.
        tips: names of the keypoints to write.
        keypoints: of the category, in its order.
    """
    if not poses:
        return {"tips_mm": None}
    best = poses[0]
    entry = _pose(best, tips, keypoints) | {
        "covariance_mm2": {
            name: [[_rounded(1e6 * v, 4) for v in row] for row in best.covariances[i]]
            for i, name in _places(tips, keypoints)
        },
        "opening_std_deg": _rounded(np.degrees(best.opening_std), 2),
    }
    if len(poses) > 1:
        entry["second"] = _pose(poses[1], tips, keypoints)
    return entry


def _pose(pose: Pose, tips: Sequence[str], keypoints: Sequence[str]) -> dict[str, Any]:
    entry = {
        "tips_mm": {
            name: [_rounded(1000 * v, 2) for v in pose.points[i]]
            for i, name in _places(tips, keypoints)
        },
        "opening_deg": _rounded(np.degrees(pose.opening), 2),
        "residual_px": _rounded(pose.residual, 2),
        "probability": _rounded(pose.probability, 3),
    }
    if np.isfinite(pose.gap):
        entry |= {"gap_mm": _rounded(1000 * pose.gap, 2)}
        entry |= {"gap_std_mm": _rounded(1000 * pose.gap_std, 2)}
    return entry


def _places(tips: Sequence[str], keypoints: Sequence[str]) -> list[tuple[int, str]]:
    return [(list(keypoints).index(name), name) for name in tips]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
