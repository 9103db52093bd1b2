"""A detector and a pose model, made ready to be asked together.

Networks come from memory (``join_networks``) or from what ``--models`` names (``open_networks``).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.carried_keypoints import CarriedKeypoints
from surgtools.prediction.estimators import Boxes, Detector, DetectorBackend, PoseBackend
from surgtools.prediction.joined_detectors import JoinedDetectors
from surgtools.prediction.models import Models
from surgtools.prediction.one_stage_detector import OneStageDetector
from surgtools.prediction.pose_estimator import PoseEstimator
from surgtools.prediction.results import Instance
from surgtools.prediction.second_opinion import Confirmation
from surgtools.prediction.specs import require_one_pair, require_same_helper
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.zoom import ZoomedDetector
from surgtools.taxonomy import SURGICAL, Taxonomy

FindBoxes = Callable[[Sequence[np.ndarray], float], list[Boxes]]
"""Pictures and the lowest score of a box to boxes, best first."""

FindKeypoints = Callable[[Sequence[np.ndarray], Sequence[Boxes]], list[list[Instance]]]
"""Pictures and their boxes to instances, one for each box."""


class NetworkPair(NamedTuple):
    """Two networks, or one of them, as a ``Predictor`` asks them.

    Attributes:
        detector: None where boxes come from elsewhere.
        pose: None where boxes are all that is asked for.
        pose_in_views: the same, asked when there are several views: these take the place of
            mirrored crops. None asks ``pose``.
        presence: whether the pose model tells presence and has a say in the score of a box.
        taxonomy: of both networks.
        shown: see ``Thresholds``.
        several_views: whether pictures are looked at in several views, and instruments in mirrored
            crops, if nobody says.
        confirm: asks the second network; None without one.
    """

    detector: FindBoxes | None
    pose: FindKeypoints | None
    pose_in_views: FindKeypoints | None = None
    presence: bool = False
    taxonomy: Taxonomy = SURGICAL
    shown: float = 1.0
    several_views: bool = True
    confirm: Confirmation | None = None


def join_networks(
    detector: DetectorBackend | None,
    pose: PoseBackend | None,
    thresholds: Thresholds,
    *,
    batch_size: int = 8,
    flip_test: bool | None = None,
    presence: bool = True,
    zoom: str | int = "off",
) -> NetworkPair:
    """Two networks, or one of them; arguments as of ``Inferencer``.

    Raises:
        InputError: the networks are of different taxonomies.
    """
    taxonomy = (pose or detector).spec.taxonomy
    if detector is not None and pose is not None:
        require_one_pair(detector.spec, pose.spec)
    asks_presence = presence and pose is not None and pose.spec.has_presence
    find_boxes = None
    if detector is not None:
        # Two answers at one place wait until a pose model that tells presence has scored both.
        place_thr = 1.0 if asks_presence else thresholds.place
        limits = thresholds.bbox, thresholds.nms, place_thr
        find_boxes = Detector(detector, *limits)
        beside = getattr(detector, "beside", None)
        if beside is not None:
            require_same_helper(detector.spec, beside.backend.spec, "beside")
            find_boxes = JoinedDetectors(find_boxes, Detector(beside.backend, *limits), beside)
        if zoom != "off":
            find_boxes = ZoomedDetector(find_boxes, zoom, max(detector.spec.input_size))
    if pose is None:
        return NetworkPair(find_boxes, None, taxonomy=taxonomy)
    crops = max(8, 2 * batch_size)
    straight = PoseEstimator(pose, False, crops, presence)
    leaves = detector is not None and asks_presence
    shown, several = (detector.spec.shown, detector.spec.several_views) if leaves else (1.0, True)
    least = 0.0
    if flip_test is None and not several:
        least = detector.spec.mirrored_from
        flip_test = least < 1
    mirrors = several if flip_test is None else flip_test
    mirrored = PoseEstimator(pose, True, crops, presence, least) if mirrors else straight
    second = getattr(pose, "second_opinion", None) if leaves else None
    confirm = None
    if second is not None:
        require_same_helper(pose.spec, second.backend.spec, "second_opinion")
        confirm = Confirmation(second, crops)
    return NetworkPair(
        find_boxes, mirrored, straight, asks_presence, taxonomy, shown, several, confirm
    )


def open_networks(
    models: Models,
    device: str | None,
    thresholds: Thresholds,
    *,
    provider: str | None = None,
    precision: str | None = None,
    trust_checkpoint: bool = False,
    only: str | None = None,
    **options: Any,
) -> NetworkPair:
    """The networks that ``models`` names; further options as of ``join_networks``.

    Args:
        provider: what runs exported networks, see ``PROVIDERS``; None follows the device.
        only: ``detector`` or ``pose``, the one network that is loaded. One that finds all at
            once is loaded in any case.

    Raises:
        InputError: a network cannot be loaded, or the device or precision not be used.
    """
    if provider is not None and not models.is_onnx:
        raise InputError(
            f"--provider {provider}: is for exported models, and these run in torch; export them "
            "first, or name --device"
        )
    if provider is not None and device is not None:
        raise InputError(
            f"--device {device} and --provider {provider} both say where networks run; keep one"
        )
    if models.is_onnx and precision not in (None, "fp32"):
        raise InputError(
            f"--precision {precision}: exported models compute as they were exported; leave it out"
        )
    detects, estimates = only != "pose", only != "detector"
    if models.is_one_stage:
        if options.get("zoom", "off") not in ("off", "auto"):
            raise InputError("a one-stage network sees whole pictures; leave --zoom out")
        return _open_one_stage(models, provider or device, thresholds, precision, trust_checkpoint)
    if models.is_onnx:
        from surgtools.prediction.backends.onnx_backend import open_onnx

        detector = open_onnx(models, "detector", provider or device) if detects else None
        pose = open_onnx(models, "pose", provider or device) if estimates else None
    else:
        from surgtools.prediction.backends.torch_backend import torch_detector, torch_pose

        how: tuple[Any, ...] = (device, precision, trust_checkpoint)
        detector = torch_detector(*models.files("detector"), *how) if detects else None
        pose = torch_pose(*models.files("pose"), *how) if estimates else None
    return join_networks(detector, pose, thresholds, **options)


def _open_one_stage(
    models: Models,
    device: str | None,
    thresholds: Thresholds,
    precision: str | None,
    trust_checkpoint: bool,
) -> NetworkPair:
    """One network in both places, exported or on torch."""
    if models.is_onnx:
        from surgtools.prediction.backends.onnx_backend import onnx_one_stage

        backend = onnx_one_stage(models, device or "cpu")
    else:
        from surgtools.hosts.config_files import load_config
        from surgtools.hosts.work_dirs import answers_arrays

        if not answers_arrays(load_config(models.det_model)):
            from surgtools.prediction.one_stage import open_one_stage

            parts = open_one_stage(models, device, precision, thresholds, trust_checkpoint)
            return NetworkPair(*parts, taxonomy=parts[0].taxonomy)
        from surgtools.prediction.backends.torch_backend import torch_one_stage

        files = models.files("detector")
        backend = torch_one_stage(*files, device, precision, trust_checkpoint)
    detector = OneStageDetector(backend, thresholds.bbox, thresholds.nms, thresholds.place)
    spec = backend.spec
    return NetworkPair(
        detector, CarriedKeypoints(), taxonomy=spec.taxonomy, several_views=spec.several_views
    )
