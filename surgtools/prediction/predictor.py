"""The one path from pictures to instances: what ``predict`` writes, ``test`` scores, ``adapt``
teaches and guards with, and ``export`` compares.

Shapes: B pictures, V views.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.augmentation import ONE_VIEW, fuse_instances, to_picture
from surgtools.prediction.estimators import (
    Boxes,
    Detector,
    DetectorBackend,
    PoseBackend,
    PoseEstimator,
)
from surgtools.prediction.models import Models
from surgtools.prediction.reach import drop_out_of_reach
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import (
    drop_parts,
    nms_across_categories,
    suppress_instances,
)
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.views import UPRIGHT, View
from surgtools.prediction.zoom import ZoomedDetector
from surgtools.prediction.zoom_window import FollowingWindow
from surgtools.taxonomy import SURGICAL, Taxonomy

Find = Callable[[Sequence[np.ndarray], Sequence[Boxes]], list[list[Instance]]]


class Predictor:
    """A detector and a pose model as one.

    Args:
        detector: pictures and the lowest score of a box to boxes, best first; None where boxes
            come from elsewhere.
        pose: pictures and their boxes to instances, one for each box; None where boxes are all
            that is asked for.
        thresholds: of what is reported.
        in_views: the same, asked when there are several views: these take the place of mirrored
            crops.
        presence: whether the pose model tells presence and has a say in the score of a box.
        taxonomy: of both networks.
    """

    def __init__(
        self,
        detector: Callable[[Sequence[np.ndarray], float], list[Boxes]] | None,
        pose: Find | None,
        thresholds: Thresholds,
        in_views: Find | None = None,
        presence: bool = False,
        taxonomy: Taxonomy = SURGICAL,
    ) -> None:
        self.taxonomy = taxonomy
        self.detector, self.pose, self.in_views = detector, pose, in_views or pose
        self.thresholds, self.presence = thresholds, presence

    @classmethod
    def of_networks(
        cls,
        detector: DetectorBackend | None,
        pose: PoseBackend | None,
        thresholds: Thresholds,
        *,
        batch_size: int = 8,
        flip_test: bool = True,
        presence: bool = True,
        zoom: str | int = "off",
    ) -> "Predictor":
        """Two networks, or one of them; arguments as of ``Inferencer``."""
        taxonomy = (pose or detector).spec.taxonomy
        if detector is not None and detector.spec.taxonomy != taxonomy:
            detected = detector.spec.taxonomy
            raise InputError(
                f"the detector was trained for taxonomy {detected.name!r} "
                f"({', '.join(detected.classes)}), the pose model for {taxonomy.name!r} "
                f"({', '.join(taxonomy.classes)}); give two networks of one taxonomy"
            )
        doubts = presence and pose is not None and pose.spec.has_presence
        # Two answers at one place wait until a pose model that tells presence has scored both.
        place_thr = 1.0 if doubts else thresholds.place
        looks = None
        if detector is not None:
            looks = Detector(detector, thresholds.bbox, thresholds.nms, place_thr)
            if zoom != "off":
                looks = ZoomedDetector(looks, zoom, max(detector.spec.input_size))
        if pose is None:
            return cls(looks, None, thresholds, taxonomy=taxonomy)
        crops = max(8, 2 * batch_size)
        straight = PoseEstimator(pose, False, crops, presence)
        return cls(
            looks,
            PoseEstimator(pose, True, crops, presence) if flip_test else straight,
            thresholds,
            straight,
            doubts,
            taxonomy,
        )

    @classmethod
    def open(
        cls,
        models: Models,
        device: str | None = None,
        thresholds: Thresholds | None = None,
        *,
        precision: str | None = None,
        trust_checkpoint: bool = False,
        only: str | None = None,
        **options: Any,
    ) -> "Predictor":
        """The networks that ``models`` names; further options as of ``of_networks``.

        Args:
            only: ``detector`` or ``pose``, the one network that is loaded. One that finds all at
                once is loaded in any case.

        Raises:
            InputError: a network cannot be loaded, or the device or precision not be used.
        """
        thresholds = thresholds or Thresholds()
        detects, estimates = only != "pose", only != "detector"
        if models.exported:
            from surgtools.prediction.backends.onnx_backend import onnx_detector, onnx_pose

            how = (models.exported, device or "cpu")
            networks = (
                onnx_detector(*how) if detects else None,
                onnx_pose(*how) if estimates else None,
            )
        elif models.pose2d is None:
            from surgtools.prediction.one_stage import open_one_stage

            if options.get("zoom", "off") not in ("off", "auto"):
                raise InputError("a one-stage network sees whole pictures; leave --zoom out")
            parts = open_one_stage(models, device, precision, thresholds, trust_checkpoint)
            return cls(*parts, thresholds, taxonomy=parts[0].taxonomy)
        else:
            from surgtools.prediction.backends.torch_backend import torch_detector, torch_pose

            how = (device, precision, trust_checkpoint)
            networks = (
                torch_detector(*models.files("detector"), *how) if detects else None,
                torch_pose(*models.files("pose"), *how) if estimates else None,
            )
        return cls.of_networks(*networks, thresholds, **options)

    def find(
        self,
        images: Sequence[np.ndarray],
        boxes: Sequence[Boxes] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[Instance]]:
        """What is reported of each (H, W, 3) BGR picture; a picture without boxes has nothing.

        Args:
            boxes: of the pictures as they are, from anywhere; None asks the detector.
            views: how the pictures are shown, the first time as they are; the answers are fused,
                see ``fuse_instances``.
        """
        if len(views) == 1:
            found = self.answer(images, boxes)
        else:
            seen = self._look_in_turn(images, boxes, views)
            found = [fuse_instances(own) for own in seen]
        if self.presence or len(views) > 1:
            limits = self.thresholds.bbox, self.thresholds.place
            found = [suppress_instances(own, *limits) for own in found]
        return [drop_parts(own) for own in found]

    def look(
        self,
        images: Sequence[np.ndarray],
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
        seen = [
            self._see(images, view, None if boxes is None else boxes[number], views)
            for number, view in enumerate(views)
        ]
        return [list(views) for views in zip(*seen, strict=True)]

    def _see(
        self,
        images: Sequence[np.ndarray],
        view: View,
        boxes: Sequence[Boxes] | None,
        views: Sequence[View],
    ) -> list[list[Instance]]:
        """What one of several views of each picture gives, in pixels of the picture."""
        found = self.answer([view.warp(image) for image in images], boxes, views)
        return [
            to_picture(instances, view, image.shape[1], image.shape[0])
            for instances, image in zip(found, images, strict=True)
        ]

    def answer(
        self,
        images: Sequence[np.ndarray],
        boxes: Sequence[Boxes] | None = None,
        views: Sequence[View] = ONE_VIEW,
    ) -> list[list[Instance]]:
        """What the networks say of pictures as they are shown, in pixels of what is shown.

        Args:
            boxes: of each picture; None asks the detector.
            views: how many there are, see ``detect``.
        """
        boxes = self.detect(images, views) if boxes is None else boxes
        return (self.pose if len(views) == 1 else self.in_views)(images, boxes)

    def detect(
        self,
        images: Sequence[np.ndarray],
        views: Sequence[View] = ONE_VIEW,
        floor: float | None = None,
    ) -> list[Boxes]:
        """Boxes of each picture, those that a pose model is to look at.

        Args:
            views: how many there are decides how sure a single one must be.
            floor: lowest score, instead.
        """
        return self.detector(images, self.thresholds.floor(views) if floor is None else floor)

    def following(self) -> FollowingWindow | None:
        """What detects frame by frame in one video; None where nothing zooms."""
        if not isinstance(self.detector, ZoomedDetector):
            return None
        return FollowingWindow(self.detector, self.thresholds.bbox)

    def suppress_boxes(self, boxes: Boxes) -> Boxes:
        """Boxes that are reported when the pose model, which had a say, is not asked."""
        kept = nms_across_categories(boxes.xyxy, boxes.scores, self.thresholds.place)
        return boxes.subset(np.isin(np.arange(len(boxes)), kept))

    def _look_in_turn(
        self,
        images: Sequence[np.ndarray],
        boxes: Sequence[Boxes] | None,
        views: Sequence[View],
    ) -> list[list[list[Instance]]]:
        """As ``look``, but a crop is cut only while it can still count, see
        ``drop_out_of_reach``.
        """
        found = []
        for view in views:
            given = boxes if view == UPRIGHT else None
            shown = () if given is not None else [view.warp(image) for image in images]
            found.append(self.detect(shown, views) if given is None else list(given))
        sizes = [image.shape[1::-1] for image in images]
        seen: list[list[list[Instance]]] = [[] for _ in images]
        for number, view in enumerate(views):
            found = drop_out_of_reach(
                found,
                views,
                sizes,
                self.thresholds.bbox,
                self.presence,
                seen,
                self.thresholds.floor(views),
            )
            for own, new in zip(seen, self._see(images, view, found[number], views), strict=True):
                own.append(new)
        return seen
