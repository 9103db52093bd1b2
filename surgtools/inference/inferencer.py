"""Pictures and video in, typed results out.

from surgtools.inference import Inferencer

inferencer = Inferencer(device="cpu")
for result in inferencer("theatre.mp4"):
    print(result.frame_id, [instance.category_name for instance in result.instances])
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.evaluation.settings import SCORE_THR
from surgtools.inference.detection import Detected, boxes_from_file, detect, load_boxes
from surgtools.inference.estimators import (
    Boxes,
    Detector,
    DetectorBackend,
    PoseBackend,
    PoseEstimator,
)
from surgtools.inference.over_time import VideoSettings, over_time
from surgtools.inference.parts import without_parts
from surgtools.inference.pipeline import batched, prefetch
from surgtools.inference.presence import believable
from surgtools.inference.results import FrameResult, Instance
from surgtools.inference.sources import Frame, Problem, find_sources, read_frames
from surgtools.zoo import DETECTOR, POSE, resolve


class Inferencer:
    """Find instruments and their keypoints.

    Arguments are named as in MMPose's inferencer. Differences: the category goes from detector
    to pose model, a picture without detections has no instances, and what is only a part of a
    surer instance is left out, see ``surgtools.inference.parts``.

    Args:
        pose2d: alias or config of the pose model; None takes the one of the package.
        pose2d_weights: its checkpoint; None for an alias.
        det_model, det_weights: the same for the detector; a one-stage network needs no pose2d.
        device: ``cpu``, ``cuda:0``; None takes CUDA where there is one.
        model: folder that ``surgtools export`` wrote; then nothing else is named and torch is
            not imported.
        batch_size: pictures that go through the detector at once.
        bbox_thr: boxes with a lower score are dropped.
        nms_thr: overlap above which the worse of two boxes of one category is dropped; None as
            configured.
        place_thr: overlap above which one instrument is not taken for two of different
            categories: the worse is dropped; 1 keeps both.
        flip_test: also look at the mirrored crop, as ``surgtools test`` does; twice the time of
            the pose model. None does so with a pose model.
        presence: let the pose model, where it can, take what is no instrument out again: the
            score of a box is then the geometric mean of the detector's and of the probability
            that the crop shows an instrument of its category, and ``bbox_thr`` and ``place_thr``
            apply to that too.
        precision: ``fp32``, ``fp16`` or ``bf16``; None takes fp16 on CUDA.
        trust_checkpoint: load checkpoints that can run code.

    Attributes:
        doubts: thresholds of ``believable`` with a pose model that tells presence, else None.
        problems: inputs of the last call that could not be used, wholly or in part.

    Raises:
        InputError: a model or device cannot be used.
    """

    doubts: tuple[float, float] | None = None

    def __init__(
        self,
        pose2d: str | Path | None = None,
        pose2d_weights: str | Path | None = None,
        det_model: str | Path | None = None,
        det_weights: str | Path | None = None,
        device: str | None = None,
        *,
        model: str | Path | None = None,
        batch_size: int = 8,
        bbox_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = 0.85,
        flip_test: bool | None = None,
        presence: bool = True,
        precision: str | None = None,
        trust_checkpoint: bool = False,
    ) -> None:
        one_stage = None
        if model is None:
            files = {"det_model": resolve(det_model, det_weights, DETECTOR)}
            if pose2d is None and pose2d_weights is None:
                one_stage = _one_stage_config(files["det_model"][0])
            if one_stage is None:
                files["pose2d"] = resolve(pose2d, pose2d_weights, POSE)
                backends = _torch_backends(files, device, precision, trust_checkpoint)
            self.models: dict[str, Any] = {n: [str(p) for p in pair] for n, pair in files.items()}
        else:
            if any(v is not None for v in (pose2d, pose2d_weights, det_model, det_weights)):
                raise InputError(
                    f"{model}: an exported folder holds both models; leave --det-model, "
                    "--det-weights, --pose2d and --pose2d-weights out"
                )
            backends = _onnx_backends(model, device)
            self.models = {"exported": str(model)}
        if one_stage is not None and (flip_test or precision not in (None, "fp32")):
            raise InputError("a one-stage network runs in fp32 and without --flip-test")
        if one_stage is None:
            flip_test = flip_test is not False
            self._use(*backends, batch_size, bbox_thr, nms_thr, place_thr, flip_test, presence)
        else:
            self._use_one_stage(
                one_stage,
                files["det_model"][1],
                device,
                batch_size,
                (bbox_thr, nms_thr, place_thr),
                trust_checkpoint,
            )

    @classmethod
    def from_backends(
        cls,
        detector: DetectorBackend,
        pose: PoseBackend,
        *,
        batch_size: int = 8,
        bbox_thr: float = SCORE_THR,
        nms_thr: float | None = None,
        place_thr: float = 0.85,
        flip_test: bool = False,
        presence: bool = True,
    ) -> "Inferencer":
        """An inferencer around networks of your own; see ``surgtools.inference.estimators``."""
        inferencer = cls.__new__(cls)
        inferencer.models = {"det_model": repr(detector), "pose2d": repr(pose)}
        thresholds = bbox_thr, nms_thr, place_thr
        inferencer._use(detector, pose, batch_size, *thresholds, flip_test, presence)
        return inferencer

    def _use(
        self,
        detector: DetectorBackend,
        pose: PoseBackend,
        batch_size: int,
        bbox_thr: float,
        nms_thr: float | None,
        place_thr: float,
        flip_test: bool,
        presence: bool,
    ) -> None:
        if batch_size < 1:
            raise InputError(f"batch size {batch_size} given; 1 or more is expected")
        if presence and pose.spec.has_presence:
            # Two answers at one place wait until the pose model has scored both.
            self.doubts = (bbox_thr, place_thr)
            place_thr = 1.0
        self.detector = Detector(detector, bbox_thr, nms_thr, place_thr)
        self.pose = PoseEstimator(pose, flip_test, max(8, 2 * batch_size), presence)
        self.batch_size = batch_size
        self.problems: list[Problem] = []

    def _use_one_stage(
        self,
        config: Any,
        weights: Path,
        device: str | None,
        batch_size: int,
        thresholds: tuple[float, float | None, float],
        trust: bool,
    ) -> None:
        from surgtools.inference.one_stage import CarriedKeypoints, OneStageDetector

        if batch_size < 1:
            raise InputError(f"batch size {batch_size} given; 1 or more is expected")
        self.detector = OneStageDetector(config, weights, device, *thresholds, trust)
        self.pose = CarriedKeypoints()
        self.batch_size = batch_size
        self.problems = []

    def __call__(
        self,
        inputs: Any,
        *,
        boxes: str | Path | None = None,
        keep_images: bool = False,
        video: VideoSettings | None = None,
        pose: bool = True,
    ) -> Iterator[FrameResult]:
        """Results one after the other, computed as they are asked for.

        Args:
            inputs: path, folder, glob, URL, webcam number, BGR array, or a list of these.
            boxes: file with boxes to use instead of the detector's.
            keep_images: put the picture into each result.
            video: tracking, smoothing and sampling of videos.
            pose: False stops after the detector; instances then have no keypoints.

        Yields:
            One result per picture or frame; those of unreadable inputs are missing, see
            ``problems``.
        """
        self.problems = []
        video = video or VideoSettings()
        sources = find_sources(inputs, self.problems.append)
        box_file = None if boxes is None else load_boxes(boxes)
        frames = read_frames(sources, self.problems.append, video.stride, video.max_frames)
        batches = prefetch(batched(frames, self.batch_size))
        if box_file is None:
            detected = detect(batches, self.detector, video.det_interval)
        else:
            detected = boxes_from_file(batches, box_file)
        found = prefetch(self._estimate(prefetch(detected), pose))
        results = (result for batch in found for result in batch)
        steady = over_time(results, video)
        try:
            for result in steady:
                yield result if keep_images else result.changed(image=None)
        finally:
            found.close()

    def _estimate(self, detected: Iterable[Detected], pose: bool) -> Iterator[list[FrameResult]]:
        for frames, boxes in detected:
            if pose:
                instances = self.pose([frame.image for frame in frames], boxes)
                if self.doubts:
                    instances = [believable(own, *self.doubts) for own in instances]
                instances = [without_parts(own) for own in instances]
            else:
                instances = [_without_keypoints(own) for own in boxes]
            yield [_result(f, own) for f, own in zip(frames, instances, strict=True)]


def _one_stage_config(path: Path) -> Any:
    """The config, when its network finds keypoints too; otherwise None."""
    from surgtools.config_files import load_config
    from surgtools.inference.one_stage import is_one_stage

    config = load_config(path)
    return config if is_one_stage(config) else None


def _torch_backends(
    files: dict[str, tuple[Path, Path]], device: str | None, precision: str | None, trust: bool
) -> tuple[DetectorBackend, PoseBackend]:
    from surgtools.inference.backends.torch_backend import torch_detector, torch_pose

    return (
        torch_detector(*files["det_model"], device, precision, trust),
        torch_pose(*files["pose2d"], device, precision, trust),
    )


def _onnx_backends(folder: str | Path, device: str | None) -> tuple[DetectorBackend, PoseBackend]:
    from surgtools.inference.backends.onnx_backend import onnx_detector, onnx_pose

    return onnx_detector(folder, device or "cpu"), onnx_pose(folder, device or "cpu")


def _result(frame: Frame, instances: list[Instance]) -> FrameResult:
    height, width = frame.image.shape[:2]
    return FrameResult(
        source=frame.source.name,
        kind="video" if frame.source.is_video else "image",
        width=width,
        height=height,
        instances=instances,
        frame_id=frame.frame_id,
        time_s=frame.time_s,
        image_id=frame.image_id,
        image=frame.image,
        stem=frame.source.stem,
    )


def _without_keypoints(boxes: Boxes) -> list[Instance]:
    rows = zip(boxes.category_ids, boxes.xyxy, boxes.scores, strict=True)
    none = np.zeros(0)
    return [
        Instance(int(category), xyxy, float(score), np.zeros((0, 2)), none, none)
        for category, xyxy, score in rows
    ]
