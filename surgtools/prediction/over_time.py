"""Treat the frames of a video as one: sampling, tracking, filling gaps, smoothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from surgtools.errors import InputError
from surgtools.prediction.refused_boxes import EVERY
from surgtools.prediction.results import FrameResult
from surgtools.prediction.smoothing import Smoother
from surgtools.prediction.tracking import Tracker, fill_gaps


@dataclass(frozen=True)
class VideoSettings:
    """What happens along the time of a video; pictures are not touched by it.

    Attributes:
        track: give instances a ``track_id``.
        smooth: steady keypoints and boxes with the One-Euro filter; needs ``track``.
        max_gap_s: a track missing for at most so long is filled in; 0 fills nothing.
        det_interval: every so many frames go through the detector.
        stride: take every so many frames of the video.
        max_frames: take at most so many frames of each video.
        refused_for: so many frames pass before a box that presence refused is looked at again
            though it shows the same, see ``RefusedBoxes``; 1 looks at all boxes of every frame.
    """

    track: bool = True
    smooth: bool = True
    max_gap_s: float = 0.25
    det_interval: int = 1
    stride: int = 1
    max_frames: int | None = None
    refused_for: int = EVERY

    def __post_init__(self) -> None:
        for name in ("det_interval", "stride", "max_frames", "refused_for"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} {value} given; 1 or more is expected")


def over_time(results: Iterable[FrameResult], video: VideoSettings) -> Iterator[FrameResult]:
    """Track, fill gaps and smooth, each video on its own; pictures pass unchanged.

    Args:
        results: frame by frame, those of one video together and in order of time.
    """
    for (kind, _), group in groupby(results, key=lambda result: (result.kind, result.stem)):
        if kind == "image" or not video.track:
            yield from group
            continue
        tracked = _track(group)
        filled = fill_gaps(tracked, video.max_gap_s) if video.max_gap_s else tracked
        yield from _smooth(filled) if video.smooth else filled


def _track(frames: Iterable[FrameResult]) -> Iterator[FrameResult]:
    tracker = Tracker()
    for frame in frames:
        yield frame.changed(instances=tracker.update(frame.instances, frame.time_s or 0.0))


def _smooth(frames: Iterable[FrameResult]) -> Iterator[FrameResult]:
    smoother = Smoother()
    for frame in frames:
        yield frame.changed(instances=smoother.update(frame.instances, frame.time_s or 0.0))
