"""Where the time of a prediction goes: a clock in every stage of the one path of ``predict``.

The predictor is not rebuilt for it: its parts are replaced by the same ones with a clock around
them, and put back afterwards.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from surgtools.prediction.estimators import Detector
from surgtools.prediction.joined_detectors import JoinedDetectors
from surgtools.prediction.pose_estimator import PoseEstimator
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.zoom import ZoomedDetector

STAGES = (
    "decode",
    "resize",
    "detect",
    "boxes",
    "crop",
    "pose",
    "presence",
    "keypoints",
    "suppression",
    "drawing",
    "encoding",
    "json",
)
"""In the order of a frame. ``resize`` and ``crop`` are what makes network input, normalization
with them; ``presence`` is the part of the pose network that only says whether there is an
instrument, and the second network that is asked about that; ``boxes`` and ``keypoints`` read the
answers; ``encoding`` makes a JPEG."""


class StageClock:
    """Seconds by stage.

    Attributes:
        seconds: of each stage so far.
        crops: how many went through the pose network.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.crops = 0

    def call(self, stage: str, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What ``work`` returns; its time, less that of stages inside of it, is the stage's."""
        before, start = sum(self.seconds.values()), time.perf_counter()
        result = work(*args, **kwargs)
        inside = sum(self.seconds.values()) - before
        self.seconds[stage] += time.perf_counter() - start - inside
        return result

    def around(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function with the clock around it."""
        return lambda *args, **kwargs: self.call(stage, work, *args, **kwargs)


class _TimedNetwork:
    """A backend with the clock around its network."""

    def __init__(self, backend: Any, stage: str, clock: StageClock) -> None:
        self._backend, self._stage, self._clock = backend, stage, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def __call__(self, batch: Any) -> Any:
        if self._stage == "pose":
            self._clock.crops += len(batch)
        return self._clock.call(self._stage, self._backend, batch)


@contextmanager
def watch(predictor: Predictor, clock: StageClock) -> Iterator[None]:
    """Have the clock run while the predictor is asked.

    What is left of its time, beside networks and their input and output, is ``suppression``.
    """
    changed: list[tuple[Any, str, bool, Any]] = []

    def put(part: Any, name: str, value: Any) -> None:
        changed.append((part, name, name in vars(part), getattr(part, name)))
        setattr(part, name, value)

    try:
        for detector in detectors_of(predictor):
            put(detector, "preprocess", clock.around("resize", detector.preprocess))
            put(detector, "postprocess", clock.around("boxes", detector.postprocess))
            put(detector, "backend", _TimedNetwork(detector.backend, "detect", clock))
        for pose in {id(p): p for p in (predictor.pose, predictor.pose_in_views)}.values():
            if isinstance(pose, PoseEstimator):
                put(pose, "cut", clock.around("crop", pose.cut))
                put(pose, "normalize", clock.around("crop", pose.normalize))
                put(pose, "postprocess", clock.around("keypoints", pose.postprocess))
                put(pose, "backend", _TimedNetwork(pose.backend, "pose", clock))
        if predictor.confirm is not None:
            second = predictor.confirm.estimator
            put(second, "cut", clock.around("crop", second.cut))
            put(second, "normalize", clock.around("crop", second.normalize))
            put(second, "backend", _TimedNetwork(second.backend, "presence", clock))
        put(predictor, "find", clock.around("suppression", predictor.find))
        yield
    finally:
        for part, name, own, value in reversed(changed):
            if own:
                setattr(part, name, value)
            else:
                delattr(part, name)


def detectors_of(predictor: Predictor) -> list[Detector]:
    """The detectors that look at whole pictures; none of a one-stage network."""
    found = predictor.detector
    if isinstance(found, ZoomedDetector):
        found = found.detector
    both = [found.detector, found.second] if isinstance(found, JoinedDetectors) else [found]
    return [detector for detector in both if isinstance(detector, Detector)]
