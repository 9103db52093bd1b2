"""The types that prediction returns, and how they are written to JSON and other forms.

Shapes: k keypoints of the instance's category in the category's own order. Boxes are ``xyxy`` in
pixels of the picture as it is displayed (EXIF and display rotation applied); pixel centers are on
integers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


@dataclass(frozen=True)
class Instance:
    """One instrument in one frame.

    Attributes:
        category_id: COCO category id.
        bbox: (4,) ``xyxy`` in image pixels.
        bbox_score: confidence of the detector in [0, 1].
        keypoints: (k, 2) x, y in image pixels.
        keypoint_scores: (k,) confidence in the position.
        keypoint_visible: (k,) probability that the keypoint is seen rather than hidden; ones
            when the pose model does not predict it.
        track_id: the same number for the same instrument of a video; None without tracking.
        interpolated: True where tracking filled a gap: nothing was detected in this frame.
        spatial: measures of it, see ``surgtools.spatial.space``.
        keypoints_3d: (k, 3) meters from the first keypoint, in the frame of the camera (x right,
            y down, z forward); None where the network says nothing of space.
        taxonomy: of the networks that found it; says what the category is.
    """

    category_id: int
    bbox: np.ndarray
    bbox_score: float
    keypoints: np.ndarray
    keypoint_scores: np.ndarray
    keypoint_visible: np.ndarray
    track_id: int | None = None
    interpolated: bool = False
    spatial: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    keypoints_3d: np.ndarray | None = field(default=None, repr=False, compare=False)
    taxonomy: Taxonomy = field(default=SURGICAL, repr=False, compare=False)

    @property
    def category(self) -> Category:
        """The category: its name, its keypoints, and what holds between them."""
        return self.taxonomy.get(self.category_id)

    @property
    def category_name(self) -> str:
        return self.category.name

    @property
    def score(self) -> float:
        """Box score times mean keypoint score, as MMPose fuses them."""
        if not len(self.keypoint_scores):
            return float(self.bbox_score)
        return float(self.bbox_score * np.clip(self.keypoint_scores, 0, 1).mean())

    @property
    def is_finite(self) -> bool:
        """Whether all of it are numbers, which a broken network does not answer."""
        values = [self.bbox_score, self.bbox, self.keypoints, self.keypoint_scores]
        values += [self.keypoint_visible] + [self.keypoints_3d] * (self.keypoints_3d is not None)
        return all(np.isfinite(v).all() for v in values)

    def changed(self, **values: Any) -> "Instance":
        """A copy with some attributes replaced."""
        return replace(self, **values)

    def to_json(self) -> dict:
        """The entry of ``instances`` in predictions.json."""
        entry = {
            "category_id": self.category_id,
            "category_name": self.category_name,
            "bbox": _rounded(self.bbox, 2),
            "bbox_score": round(float(self.bbox_score), 4),
        }
        if len(self.keypoints) != self.category.num_keypoints:  # the detector's boxes alone
            return entry
        entry |= {
            "keypoints": [_rounded(xy, 2) for xy in self.keypoints],
            "keypoint_scores": _rounded(self.keypoint_scores, 4),
            "keypoint_visible": _rounded(self.keypoint_visible, 4),
            "track_id": self.track_id,
        }
        if self.interpolated:
            entry["interpolated"] = True
        if self.spatial is not None:
            entry["spatial"] = dict(self.spatial)
        if self.keypoints_3d is not None:
            entry["keypoints_3d"] = [_rounded(xyz, 5) for xyz in self.keypoints_3d]
        return entry

    def to_coco(self, image_id: int) -> dict:
        """One entry of a COCO results file, keypoints as x, y, score in the own order."""
        x1, y1, x2, y2 = _rounded(self.bbox, 2)
        triples = np.column_stack([self.keypoints, self.keypoint_scores])
        return {
            "image_id": image_id,
            "category_id": self.category_id,
            "bbox": [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)],
            "score": round(self.score, 5),
            "bbox_score": round(float(self.bbox_score), 5),
            "keypoints": [value for row in triples for value in _rounded(row, 3)],
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Instance":
        """The inverse of ``to_json``."""
        keypoints = np.asarray(entry["keypoints"], dtype=float).reshape(-1, 2)
        places = entry.get("keypoints_3d")
        return cls(
            category_id=int(entry["category_id"]),
            bbox=np.asarray(entry["bbox"], dtype=float),
            bbox_score=float(entry["bbox_score"]),
            keypoints=keypoints,
            keypoint_scores=np.asarray(entry["keypoint_scores"], dtype=float),
            keypoint_visible=np.asarray(entry["keypoint_visible"], dtype=float),
            track_id=entry.get("track_id"),
            interpolated=bool(entry.get("interpolated", False)),
            spatial=entry.get("spatial"),
            keypoints_3d=np.array(places, dtype=float) if places is not None else None,
        )


@dataclass(frozen=True)
class FrameResult:
    """Everything found in one picture or one frame of a video.

    Attributes:
        source: path of the picture or video, ``camera:0``, or ``array:0`` for arrays.
        kind: ``image`` or ``video``.
        width, height: of the displayed picture, pixels.
        instances: best first; empty when nothing was found.
        frame_id: position in the video from 0, None for pictures.
        time_s: presentation time in seconds, None for pictures.
        image_id: number of the picture in a COCO results file.
        image: (H, W, 3) BGR uint8, or None when it was not kept.
        stem: unique name of the source, for files made from it; may contain folders.
    """

    source: str
    kind: str
    width: int
    height: int
    instances: list[Instance] = field(default_factory=list)
    frame_id: int | None = None
    time_s: float | None = None
    image_id: int | None = None
    image: np.ndarray | None = field(default=None, repr=False)
    stem: str = "result"

    def __len__(self) -> int:
        return len(self.instances)

    def changed(self, **values: Any) -> "FrameResult":
        """A copy with some attributes replaced."""
        return replace(self, **values)

    def to_json(self) -> dict:
        """The entry of ``instance_info`` in predictions.json."""
        entry: dict[str, Any] = {self.kind: self.source, "image_id": self.image_id}
        if self.kind == "video":
            time_s = None if self.time_s is None else round(self.time_s, 6)
            entry |= {"frame_id": self.frame_id, "time_s": time_s}
        entry |= {"width": self.width, "height": self.height}
        entry["instances"] = [instance.to_json() for instance in self.instances]
        return entry

    def to_coco(self) -> list[dict]:
        """COCO results of this frame; an empty list when nothing was found.

        Raises:
            InputError: the frame has no ``image_id``.
        """
        if self.image_id is None:
            raise InputError(
                f"{self.source}: COCO results need an image_id; set one with "
                "`result.changed(image_id=...)`"
            )
        return [instance.to_coco(self.image_id) for instance in self.instances]

    def to_supervision(self) -> tuple[Any, Any]:
        """``supervision.Detections`` and ``supervision.KeyPoints`` of this frame.

        Keypoints stand in the union layout (foreign slots are 0, confidence 0), because
        supervision wants the same number for every instance. Class ids count from 0.

        Raises:
            InputError: the package supervision is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise InputError(
                "to_supervision needs the package supervision; `pip install supervision`"
            ) from error
        count = len(self.instances)
        own = self.instances[0].taxonomy if count else SURGICAL
        xy = np.zeros((count, own.num_slots, 2), dtype=np.float32)
        confidence = np.zeros((count, own.num_slots), dtype=np.float32)
        for row, instance in enumerate(self.instances):
            xy[row, own.slots_of(instance.category_id)] = instance.keypoints
            confidence[row, own.slots_of(instance.category_id)] = instance.keypoint_scores
        labels = np.array([own.label_of(i.category_id) for i in self.instances], dtype=int)
        boxes = np.array([i.bbox for i in self.instances], dtype=np.float32).reshape(-1, 4)
        scores = np.array([i.bbox_score for i in self.instances], dtype=np.float32)
        detections = supervision.Detections(xyxy=boxes, confidence=scores, class_id=labels)
        if count and all(i.track_id is not None for i in self.instances):
            detections.tracker_id = np.array([i.track_id for i in self.instances])
        keypoints = supervision.KeyPoints(xy=xy, confidence=confidence, class_id=labels)
        return detections, keypoints


def categories_info(taxonomy: Taxonomy = SURGICAL) -> list[dict]:
    """The categories of ``meta_info``: names in the order in which keypoints are written."""
    return taxonomy.to_coco_categories()


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]
