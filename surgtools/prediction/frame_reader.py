"""Read pictures, videos, streams and webcams frame by frame, one source after the other.

Whatever is wrong with a source, however its decoder says so, costs that source and no other.
"""

from collections.abc import Callable, Iterable, Iterator

import cv2

from surgtools.errors import InputError
from surgtools.images import as_bgr, read_image
from surgtools.prediction.sources import Frame, InputProblem, Report, Source
from surgtools.prediction.video import VideoReader


def accept(frame: Frame) -> None:
    """Require nothing of a frame."""


def read_frames(
    sources: Iterable[Source],
    report: Report,
    stride: int = 1,
    max_frames: int | None = None,
    require: Callable[[Frame], None] = accept,
) -> Iterator[Frame]:
    """Read the sources one after the other; frames that cannot be read are reported.

    Args:
        stride: of a video every ``stride``-th frame is taken.
        max_frames: of each video at most so many frames.
        require: called with each frame; where it raises an ``InputError``, the rest of the source
            is left out, and the error is reported.
    """
    image_id = 0
    for source in sources:
        try:
            for frame in _read_source(source, report, stride, max_frames):
                require(frame)
                image_id += 1
                yield Frame(source, frame.image, frame.frame_id, frame.time_s, frame.fps, image_id)
        except Exception as error:  # whatever a decoder makes of one file, the others are read
            report(InputProblem(source.name, explain(error, source)))
            if not source.is_video:
                image_id += 1  # so that ids do not depend on which pictures are damaged


def explain(error: Exception, source: Source) -> str:
    """Why a source cannot be used, in one line and without its name."""
    message = " ".join(str(error).split())
    if isinstance(error, InputError):
        for name in (source.name, source.address):
            message = message.removeprefix(f"{name}: ")
        return message
    if isinstance(error, MemoryError):
        return "needs more memory than there is; make it smaller"
    return f"cannot be read ({type(error).__name__}: {message}); copy or convert it"


def count_frames(
    sources: Iterable[Source], stride: int = 1, max_frames: int | None = None
) -> int | None:
    """About how many frames ``read_frames`` will give; None when a stream has no end."""
    total = 0
    for source in sources:
        if not source.is_video:
            total += 1
            continue
        if source.is_live:
            return None
        try:
            with VideoReader(source.address or source.name) as reader:
                frames = reader.num_frames
        except InputError:
            continue
        if frames is None:
            return None
        frames = -(-frames // stride)
        total += frames if max_frames is None else min(frames, max_frames)
    return total


def _read_source(
    source: Source, report: Report, stride: int, max_frames: int | None
) -> Iterator[Frame]:
    if source.kind == "array":
        yield Frame(source, as_bgr(source.array, source.name))
    elif source.kind == "image":
        yield Frame(source, read_image(source.name))
    elif source.kind == "camera":
        yield from _read_camera(source, stride, max_frames)
    else:
        yield from _read_video(source, report, stride, max_frames)


def _read_video(
    source: Source, report: Report, stride: int, max_frames: int | None
) -> Iterator[Frame]:
    taken = 0
    with VideoReader(source.address or source.name) as reader:
        for frame_id, time_s, image in reader:
            if max_frames is not None and taken >= max_frames:
                break
            if frame_id % stride == 0:
                taken += 1
                yield Frame(source, image, frame_id, time_s, reader.fps / stride)
        bad, missing = reader.bad_frames, reader.missing_s
    if not taken:
        raise InputError(
            f"{source.name}: not one frame can be decoded ({bad} damaged); re-encode it"
        )
    if bad:
        report(InputProblem(source.name, f"{bad} damaged frames were skipped", bad))
    elif missing:
        report(
            InputProblem(source.name, f"ends {missing:.1f} s early; the file seems to be cut off")
        )


def _read_camera(source: Source, stride: int, max_frames: int | None) -> Iterator[Frame]:
    number = int(source.name.removeprefix("camera:"))
    camera = cv2.VideoCapture(number)
    try:
        if not camera.isOpened():
            raise InputError(f"{source.name}: no such webcam; check the number and its cable")
        fps = camera.get(cv2.CAP_PROP_FPS) or 30.0
        start = cv2.getTickCount()
        frame_id = 0
        while max_frames is None or frame_id < max_frames * stride:
            alive, image = camera.read()
            if not alive and not frame_id:
                raise InputError(f"{source.name}: gives no picture; see whether it is in use")
            if not alive:
                return
            if frame_id % stride == 0:
                time_s = (cv2.getTickCount() - start) / cv2.getTickFrequency()
                yield Frame(source, image, frame_id, time_s, fps / stride)
            frame_id += 1
    finally:
        camera.release()
