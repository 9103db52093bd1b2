"""Look for the board in a video or in a folder of pictures, moment by moment.

A moment keeps its number whatever cannot be read before it, so that those of several cameras stay
together.
"""

from dataclasses import dataclass, field

from surgtools.errors import InputError
from surgtools.prediction.frame_reader import read_frames
from surgtools.prediction.sources import Frame, InputProblem, find_sources
from surgtools.spatial.board import Board
from surgtools.spatial.calibration import Sightings

VIDEO_STRIDE = 5
"""Neighboring frames of a video show nearly the same; pictures were chosen by somebody."""


@dataclass
class BoardSightings:
    """Where one camera saw the board.

    Attributes:
        seen: number of the moment to the board: the place of a picture in its folder, the time of
            a frame in steps of the frame rate.
        size: width and height of the pictures.
        frame_rate: frames per second of the first video; None of pictures.
        problems: what could not be read.
    """

    seen: Sightings = field(default_factory=dict)
    size: tuple[int, int] | None = None
    frame_rate: float | None = None
    problems: list[InputProblem] = field(default_factory=list)


def find_board(
    board: Board,
    video: str,
    stride: int | None = None,
    max_frames: int | None = None,
    frame_rate: float | None = None,
) -> BoardSightings:
    """Look at every ``stride``-th moment of one camera.

    Args:
        video: a video, or a folder of pictures.
        stride: None takes every fifth of a video, and all pictures.
        max_frames: look at no more moments.
        frame_rate: by which frames of a video are numbered, that of the first camera; None takes
            its own.

    Raises:
        InputError: nothing can be read, or the pictures differ in size.
    """
    found = BoardSightings(frame_rate=frame_rate)
    sources = find_sources([video], found.problems.append)
    if not sources:
        raise InputError("; ".join(f"{p.source}: {p.message}" for p in found.problems))
    stride = stride or (VIDEO_STRIDE if any(s.is_video for s in sources) else 1)
    most = None if max_frames is None else stride * max_frames
    off: dict[int, float] = {}
    number = -1
    for source in sources:
        first = number + 1
        if most is not None and first >= most:
            break
        number = first
        # All frames are read: which ones are taken depends on their times.
        left = None if most is None else most - first
        for frame in read_frames([source], found.problems.append, 1, left):
            place = _place(frame, found)
            number = first + int(place + 0.5)
            _require_one_size(frame, found, video)
            if number % stride or (most is not None and number >= most):
                continue
            apart = abs(first + place - number)
            if apart >= off.get(number, 1.0):
                continue  # a faster camera has several frames at this moment
            off[number] = apart
            corners = board.find(frame.image)
            if len(corners[0]):
                found.seen[number] = corners
    if found.size is None:
        why = f" ({found.problems[0].message})" if found.problems else ""
        raise InputError(f"{video}: no frame can be read{why}; give a video or pictures")
    return found


def _place(frame: Frame, found: BoardSightings) -> float:
    """How many frames after the first one of its source a frame was taken."""
    if not frame.source.is_video:
        return 0.0
    if frame.source.kind == "camera":
        return float(frame.frame_id)
    found.frame_rate = found.frame_rate or frame.fps
    return frame.time_s * found.frame_rate


def _require_one_size(frame: Frame, found: BoardSightings, video: str) -> None:
    height, width = frame.image.shape[:2]
    if found.size not in (None, (width, height)):
        raise InputError(
            f"{video}: {frame.source.name} is {width}x{height}, those before it "
            f"{found.size[0]}x{found.size[1]}; give pictures of one camera and one size"
        )
    found.size = width, height
