"""When each frame of a video is shown: from 0 on, and always later than the frame before.

Files say it in their own way: they start at ten hours, jump back where two recordings were joined,
give a time twice or give none. Tracking, smoothing and the drawn video need one time line.
"""

JUMP_S = 10.0
"""Where time stamps may start anew, a step further than this is no pause."""

BACK_S = 1.0
"""A step back by less is a wrong stamp, by more a new start."""


class FrameClock:
    """Give every frame its time, frame after frame.

    The file's own times are kept where they can be, so that variable frame rates survive.

    Args:
        start_s: stamp that the file calls its start; None takes that of the first frame.
        step_s: from one frame to the next where stamps are missing, seconds.
        end_s: length of the file in seconds where it is known.
        may_jump: the format allows stamps to start anew, as MPEG does.
    """

    def __init__(
        self,
        start_s: float | None,
        step_s: float,
        end_s: float | None = None,
        may_jump: bool = False,
    ) -> None:
        self._origin, self._step, self._end, self._may_jump = start_s, step_s, end_s, may_jump
        self._last: float | None = None

    def __call__(self, stamp_s: float | None) -> float:
        """Time of the next frame, whose stamp is ``stamp_s`` or unknown."""
        self._last = self._first(stamp_s) if self._last is None else self._next(stamp_s)
        return self._last

    def _first(self, stamp: float | None) -> float:
        if stamp is None:
            return 0.0
        if self._origin is None or stamp < self._origin or self._is_beyond(stamp):
            self._origin = stamp
        return stamp - self._origin

    def _next(self, stamp: float | None) -> float:
        expected = self._last + self._step
        if stamp is None:
            return expected
        if self._origin is None:
            self._origin = stamp - expected
        step = stamp - self._origin - self._last
        if -BACK_S < step <= 0:
            return self._last + self._step / 2  # the stamps after it may well be right
        if step <= 0 or self._is_beyond(stamp) or (self._may_jump and step > JUMP_S):
            self._origin = stamp - expected
            return expected
        return self._last + step

    def _is_beyond(self, stamp: float) -> bool:
        return self._end is not None and stamp - self._origin > self._end + JUMP_S
