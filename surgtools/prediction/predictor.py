"""The one path from pictures to instances: what ``predict`` writes, ``test`` scores, ``adapt``
teaches and guards with, and ``export`` compares.

Shapes: B pictures, V views.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from surgtools.prediction.augmentation import ONE_VIEW, fuse_instances, to_picture
from surgtools.prediction.estimators import Boxes, DetectorBackend, PoseBackend
from surgtools.prediction.models import Models
from surgtools.prediction.network_pair import (
    FindBoxes,
    FindKeypoints,
    NetworkPair,
    join_networks,
    open_networks,
)
from surgtools.prediction.reach import drop_out_of_reach
from surgtools.prediction.results import Instance
from surgtools.prediction.second_opinion import Confirmation
from surgtools.prediction.suppression import (
    drop_contradictions,
    drop_parts,
    nms_across_categories,
    suppress_instances,
)
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.views import UPRIGHT, View
from surgtools.prediction.zoom import ZoomedDetector
from surgtools.prediction.zoom_window import FollowingWindow
from surgtools.taxonomy import SURGICAL, Taxonomy

Images = Sequence[np.ndarray]
"""B pictures (H, W, 3) BGR uint8."""


class Predictor:
    """A detector and a pose model as one.

    Args:
        detector, pose, pose_in_views, presence, taxonomy, shown, several_views, confirm: see
            ``NetworkPair``.
        thresholds: of what is reported.
    """

    def __init__(
        self,
        detector: FindBoxes | None,
        pose: FindKeypoints | None,
        thresholds: Thresholds,
        pose_in_views: FindKeypoints | None = None,
        presence: bool = False,
        taxonomy: Taxonomy = SURGICAL,
        shown: float = 1.0,
        several_views: bool = True,
        confirm: Confirmation | None = None,
    ) -> None:
        self.detector, self.pose, self.pose_in_views = detector, pose, pose_in_views or pose
        self.thresholds = thresholds._replace(shown=shown)
        self.presence, self.taxonomy, self.several_views = presence, taxonomy, several_views
        self.confirm = confirm

    @classmethod
    def of_networks(
        cls,
        detector: DetectorBackend | None,
        pose: PoseBackend | None,
        thresholds: Thresholds,
        **options: Any,
    ) -> "Predictor":
        """Two networks, or one of them; options as of ``join_networks``."""
        return cls._of_pair(join_networks(detector, pose, thresholds, **options), thresholds)

    @classmethod
    def open(
        cls,
        models: Models,
        device: str | None = None,
        thresholds: Thresholds | None = None,
        **options: Any,
    ) -> "Predictor":
        """The networks that ``models`` names; options and errors as of ``open_networks``."""
        thresholds = thresholds or Thresholds()
        return cls._of_pair(open_networks(models, device, thresholds, **options), thresholds)

    @classmethod
    def _of_pair(cls, pair: NetworkPair, thresholds: Thresholds) -> "Predictor":
        return cls(pair.detector, pair.pose, thresholds, *pair[2:])

    def find(
        self,
        images: Images,
        boxes: Sequence[Boxes] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[Instance]]:
        """What is reported of each picture; a picture without boxes has nothing.

        Args:
            boxes: of the pictures as they are, from anywhere; None asks the detector.
            views: how the pictures are shown, the first time as they are; the answers are fused,
                see ``fuse_instances``.
        """
        if boxes is None and self.confirm is not None:
            boxes = self.detect(images, views)  # their number decides who is asked
        if len(views) == 1:
            found = self.report(self.predict_view(images, boxes))
        else:
            seen = self._predict_in_turn(images, boxes, views)
            found = self.report([fuse_instances(own) for own in seen], fused=True)
        if self.confirm is None:
            return found
        return [
            self.confirmed(image, own, instances)
            for image, own, instances in zip(images, boxes, found, strict=True)
        ]

    def confirmed(
        self, image: np.ndarray, boxes: Boxes, found: list[Instance], turned: bool = True
    ) -> list[Instance]:
        """What is left of that which is to be reported, once another network was asked.

        Args:
            image: (H, W, 3) BGR uint8.
            boxes: all that the detector proposed: many make a picture one that is not asked about.
            found: instances of it.
            turned: see ``Confirmation``.
        """
        if self.confirm is None or not found or not self.confirm.opinion.is_asked(boxes):
            return found
        asked = self.confirm(image, found, turned)
        return [instance for instance in asked if instance.bbox_score > self.thresholds.bbox]

    def report(self, found: Sequence[list[Instance]], fused: bool = False) -> list[list[Instance]]:
        """What is reported of all that was found in each picture: neither doubles nor parts nor
        what contradicts itself.

        Args:
            fused: whether it is that of several views.
        """
        if self.presence:
            found = [drop_contradictions(own) for own in found]
        if self.presence or fused:
            limits = self.thresholds.bbox, self.thresholds.place
            found = [suppress_instances(own, *limits) for own in found]
        return [drop_parts(own) for own in found]

    def predict_views(
        self,
        images: Images,
        boxes: Sequence[Sequence[Boxes]] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[list[Instance]]]:
        """What each view of each picture gives, before anything is fused or left out.

        Args:
            boxes: for every view those of each picture, in pixels of the view; None asks the
                detector.

        Returns:
            For every picture V lists of instances, all in pixels of the picture. Boxes of a view
            that keeps none tight are NaN.
        """
        given = [None] * len(views) if boxes is None else boxes
        seen = [
            self._predict_shown(images, view, own, views)
            for view, own in zip(views, given, strict=True)
        ]
        return [list(of_picture) for of_picture in zip(*seen, strict=True)]

    def predict_view(
        self,
        images: Images,
        boxes: Sequence[Boxes] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[Instance]]:
        """What the networks say of pictures as they are shown, in pixels of what is shown.

        Args:
            boxes: of each picture; None asks the detector.
            views: how many there are, see ``detect``.
        """
        boxes = self.detect(images, views) if boxes is None else boxes
        return (self.pose if len(views) == 1 else self.pose_in_views)(images, boxes)

    def detect(
        self,
        images: Images,
        views: Sequence[View] = ONE_VIEW,
        floor: float | None = None,
    ) -> list[Boxes]:
        """Boxes of each picture, those that a pose model is to look at.

        Args:
            views: how many there are decides how sure a single one must be.
            floor: lowest score, instead.
        """
        return self.detector(images, self.thresholds.floor(views) if floor is None else floor)

    def video_detector(self) -> FollowingWindow | None:
        """What detects frame by frame in one video; None where nothing zooms."""
        if not isinstance(self.detector, ZoomedDetector):
            return None
        return FollowingWindow(self.detector, self.thresholds.bbox)

    def suppress_boxes(self, boxes: Boxes) -> Boxes:
        """Boxes that are reported when the pose model, which had a say, is not asked."""
        kept = nms_across_categories(boxes.xyxy, boxes.scores, self.thresholds.place)
        return boxes.subset(np.isin(np.arange(len(boxes)), kept))

    def _predict_shown(
        self, images: Images, view: View, boxes: Sequence[Boxes] | None, views: Sequence[View]
    ) -> list[list[Instance]]:
        """What one of several views of each picture gives, in pixels of the picture."""
        found = self.predict_view([view.warp(image) for image in images], boxes, views)
        return [
            to_picture(instances, view, image.shape[1], image.shape[0])
            for instances, image in zip(found, images, strict=True)
        ]

    def _predict_in_turn(
        self, images: Images, boxes: Sequence[Boxes] | None, views: Sequence[View]
    ) -> list[list[list[Instance]]]:
        """As ``predict_views``, but a crop is cut only while it can still count, see
        ``drop_out_of_reach``.
        """
        found = [
            list(boxes)
            if boxes is not None and view == UPRIGHT
            else self.detect([view.warp(image) for image in images], views)
            for view in views
        ]
        sizes = [image.shape[1::-1] for image in images]
        limits = self.thresholds.bbox, self.presence
        floor = self.thresholds.floor(views)
        seen: list[list[list[Instance]]] = [[] for _ in images]
        for number, view in enumerate(views):
            found = drop_out_of_reach(found, views, sizes, *limits, seen, floor)
            shown = self._predict_shown(images, view, found[number], views)
            for own, new in zip(seen, shown, strict=True):
                own.append(new)
        return seen
