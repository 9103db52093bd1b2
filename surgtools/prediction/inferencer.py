"""Pictures and video in, typed results out.

from surgtools.prediction import Inferencer

inferencer = Inferencer(device="cpu")
for result in inferencer("theatre.mp4"):
    print(result.frame_id, [instance.category_name for instance in result.instances])
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.evaluation.settings import PLACE_THR, SCORE_THR
from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW
from surgtools.prediction.box_file import load_boxes
from surgtools.prediction.detection import detect
from surgtools.prediction.estimators import Boxes, DetectorBackend, PoseBackend
from surgtools.prediction.frame_detector import FrameDetector
from surgtools.prediction.frame_keypoints import FrameKeypoints
from surgtools.prediction.frame_reader import accept, read_frames
from surgtools.prediction.frame_results import drop_not_finite, predict_frames
from surgtools.prediction.models import Models
from surgtools.prediction.over_time import VideoSettings, over_time
from surgtools.prediction.pipeline import Room, batched, prefetch, require_batch_size
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import Frame, InputProblem, Source, SourceStream, find_sources
from surgtools.prediction.thresholds import require_thresholds
from surgtools.prediction.views import View
from surgtools.prediction.zoom import require_zoom


class Inferencer:
    """Find instruments and their keypoints.

    Arguments are named as in MMPose's inferencer. Differences: the category goes from detector
    to pose model, a picture without detections has no instances, and what is only a part of a
    surer instance is left out, see ``surgtools.prediction.suppression``.

    Args:
        pose2d: alias or config of the pose model; None takes the one of the package.
        pose2d_weights: its checkpoint; None for an alias.
        det_model, det_weights: the same for the detector; a one-stage network needs no pose2d.
        device: ``cpu``, ``cuda:0``; None takes CUDA where there is one.
        provider: what runs exported models, in the place of ``device``: ``cpu``, ``cuda``,
            ``tensorrt``, ``openvino`` or ``coreml``.
        models: a pair by name, such as ``fast``, or a folder that holds one, see
            ``Models.find``; without torch where that is what ``surgtools export`` wrote.
        batch_size: pictures that go through the detector at once.
        bbox_thr: boxes with a lower score are dropped.
        nms_thr: overlap above which the worse of two boxes of one category is dropped; None as
            configured.
        place_thr: overlap above which one instrument is not taken for two of different
            categories: the worse is dropped; 1 keeps both.
        flip_test: without ``tta``, also look at the mirrored crop; twice the time of the pose
            model. None does so with a pose model, if the networks gain by it; anything else is
            refused where ``tta`` is used, whose views take its place.
        tta: test-time augmentation: both networks also look at the picture mirrored and turned,
            see ``surgtools.prediction.augmentation``; three to four times the time.
            None does so with pictures, if the networks gain by it, and not with video.
        presence: let the pose model, where it can, take what is no instrument out again: the
            score of a box is then the geometric mean of the detector's and of the probability
            that the crop shows an instrument of its category, and ``bbox_thr`` and ``place_thr``
            apply to that too.
        zoom: whether the detector also looks at parts of large frames: ``off``, ``auto`` or how
            many parts lie along the longer side, see ``surgtools.prediction.zoom``. In video a
            window follows the instruments instead.
        precision: ``fp32``, ``fp16`` or ``bf16``; None takes fp16 on CUDA.
        trust_checkpoint: load checkpoints that can run code.
        only: ``detector`` or ``pose``, the one network that is loaded: for calls with ``boxes``
            or with ``pose=False``, whose other network need not be there.

    Attributes:
        predictor: the networks as one.
        models: which they are, as predictions.json has it.
        problems: inputs of the last call that could not be used, wholly or in part.

    Raises:
        InputError: a model or device cannot be used, or a setting is out of its range.
    """

    def __init__(
        self,
        pose2d: str | Path | None = None,
        pose2d_weights: str | Path | None = None,
        det_model: str | Path | None = None,
        det_weights: str | Path | None = None,
        device: str | None = None,
        *,
        provider: str | None = None,
        models: str | Path | Models | None = None,
        batch_size: int = 8,
        bbox_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = PLACE_THR,
        flip_test: bool | None = None,
        tta: bool | None = None,
        presence: bool = True,
        zoom: str | int = "off",
        precision: str | None = None,
        trust_checkpoint: bool = False,
        only: str | None = None,
    ) -> None:
        models = Models.find(
            models,
            det_model=det_model,
            det_weights=det_weights,
            pose2d=pose2d,
            pose2d_weights=pose2d_weights,
        )
        if flip_test and models.is_one_stage:
            raise InputError("a one-stage network sees no crops; leave --flip-test out")
        predictor = Predictor.open(
            models,
            device,
            require_thresholds(bbox_thr, nms_thr, place_thr),
            provider=provider,
            precision=precision,
            trust_checkpoint=trust_checkpoint,
            batch_size=require_batch_size(batch_size),
            flip_test=flip_test,
            presence=presence,
            zoom=require_zoom(zoom),
            only=only,
        )
        used = models if only is None else models.only(only)
        self._set(predictor, used.to_record(), batch_size, flip_test, tta)

    @classmethod
    def from_backends(
        cls,
        detector: DetectorBackend,
        pose: PoseBackend,
        *,
        batch_size: int = 8,
        bbox_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = PLACE_THR,
        flip_test: bool | None = None,
        tta: bool | None = False,
        presence: bool = True,
        zoom: str | int = "off",
    ) -> "Inferencer":
        """An inferencer around networks of your own; see ``surgtools.prediction.estimators``.

        Without ``flip_test`` and ``tta`` they look at a picture once.
        """
        inferencer = cls.__new__(cls)
        predictor = Predictor.of_networks(
            detector,
            pose,
            require_thresholds(bbox_thr, nms_thr, place_thr),
            batch_size=require_batch_size(batch_size),
            flip_test=bool(flip_test),
            presence=presence,
            zoom=require_zoom(zoom),
        )
        models = {"det_model": repr(detector), "pose2d": repr(pose)}
        inferencer._set(predictor, models, batch_size, flip_test, tta)
        return inferencer

    def _set(
        self,
        predictor: Predictor,
        models: dict[str, Any],
        batch_size: int,
        flip_test: bool | None,
        tta: bool | None,
    ) -> None:
        self.predictor, self.models, self.batch_size = predictor, models, batch_size
        self.flip_test, self.tta = flip_test, tta
        self.problems: list[InputProblem] = []

    def __call__(
        self,
        inputs: Any,
        *,
        boxes: str | Path | None = None,
        keep_images: bool = False,
        video: VideoSettings | None = None,
        pose: bool = True,
        require: Callable[[Frame], None] = accept,
    ) -> Iterator[FrameResult]:
        """Results one after the other, computed as they are asked for.

        Args:
            inputs: path, folder, glob, URL, webcam number, BGR array, source, or a list of these;
                or a ``SourceStream``, of which memory holds one source at a time.
            boxes: file with boxes to use instead of the detector's; what it does not name is
                left out, see ``problems``.
            keep_images: put the picture into each result.
            video: tracking, smoothing and sampling of videos.
            pose: False stops after the detector; instances then have no keypoints.
            require: called with each frame before the networks see it; where it raises an
                ``InputError``, its source is left out.

        Yields:
            One result per picture or frame; those of unreadable inputs, and of frames for which
            the networks answer no numbers, are missing, see ``problems``.

        Raises:
            InputError: settings that contradict each other, or a file of boxes that is none.
        """
        self.problems = []
        video = video or VideoSettings()
        if self.tta and (boxes is not None or not pose or video.det_interval > 1):
            raise InputError(
                "test-time augmentation shows every frame to both networks in several views; "
                "leave it out, or boxes, det_interval and the detector alone"
            )
        if (self.predictor.detector is None and boxes is None) or (
            self.predictor.pose is None and pose
        ):
            raise InputError(
                "one network alone was loaded; a pose model needs boxes, a detector pose=False"
            )
        sources = inputs
        if not isinstance(inputs, SourceStream):
            sources = find_sources(inputs, self.problems.append)
        box_file = None if boxes is None else load_boxes(boxes, self.predictor.taxonomy)

        def views_of(source: Source) -> Sequence[View]:
            augments = box_file is None and pose and self._augments(source)
            return FOUR_VIEWS if augments else ONE_VIEW

        if self.flip_test is not None and any(views_of(s) == FOUR_VIEWS for s in sources):
            raise InputError(
                "the four views of test-time augmentation take the place of --flip-test; add "
                "--no-tta, or leave --flip-test and --no-flip-test out"
            )
        report = self.problems.append
        if box_file is not None:
            box_file.require_one_each(sources)
            sources = box_file.keep_named(sources, report)
        frames = read_frames(sources, report, video.stride, video.max_frames, require)
        if box_file is not None:
            frames = box_file.keep_listed(frames, report)
        room = Room()
        batches = prefetch(batched(room.admit(frames), self.batch_size))

        def keep(frame: Frame, found: Boxes) -> Boxes:
            floor = self.predictor.thresholds.floor(views_of(frame.source))
            return found.subset(found.scores > floor)

        if box_file is None:
            detected = detect(batches, FrameDetector(self.predictor), video.det_interval, keep)
        else:
            detected = box_file.give(batches)
        find = FrameKeypoints(self.predictor, video.refused_for)
        found = prefetch(predict_frames(prefetch(detected), find, views_of, pose))
        results = drop_not_finite(room.results(found), report)
        try:
            for result in over_time(results, video):
                yield result if keep_images else result.changed(image=None)
        finally:
            room.close()
            found.close()

    def _augments(self, source: Source) -> bool:
        if self.tta is not None:
            return self.tta
        return not source.is_video and self.predictor.several_views
