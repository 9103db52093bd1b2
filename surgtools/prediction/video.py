"""Read video with PyAV: every readable frame with its time, upright, whatever happens.

Damaged packets are skipped and counted; a display rotation or mirroring is applied; the time of
each frame is the file's own, from its start, so variable frame rates survive to the output.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.orientation import orientation_of_matrix, set_upright
from surgtools.prediction.frame_clock import FrameClock

VIDEO_SUFFIXES = frozenset(
    ".mp4 .m4v .mov .qt .avi .divx .mkv .webm .mpg .mpeg .mpe .m1v .m2v .wmv .asf .flv .f4v .ts"
    " .m2ts .mts .3gp .3g2 .ogv .ogm .vob .mxf .dv .mjpg .mjpeg .y4m .h264 .264 .h265 .265 .hevc"
    " .insv".split()
)
"""Suffixes that a folder is searched for; a file named outright may have any."""

STREAM_SCHEMES = ("rtsp://", "rtsps://", "rtmp://", "udp://", "http://", "https://")


def is_address(text: str) -> bool:
    """Whether it is the URL of a stream or a file elsewhere."""
    return text.lower().startswith(STREAM_SCHEMES)


_MAX_BAD_IN_A_ROW = 1_000
_MAX_FPS = 20_000  # beyond this a rate is the file's clock, not its frames
_SILENCE_S = 30.0  # after which a server counts as gone
_LETTERS = frozenset(("ansi", "bintext", "xbin", "idf"))  # FFmpeg draws texts as if on a terminal


@dataclass
class VideoReader:
    """Iterate ``(frame_id, time_s, image)``; afterwards it is known what went wrong.

    ``frame_id`` counts the frames that came out, from 0; ``time_s`` counts from the start of the
    file, see ``FrameClock``. ``image`` is (H, W, 3) BGR uint8. ``bad_frames`` could not be read;
    ``missing_s`` is by how much the last frame ends before the end that the file announces, 0
    where that is nothing to speak of. Of several streams the default one is read, else the
    largest, and a cover picture only where there is nothing else.

    Args:
        path: a file, or a URL that FFmpeg opens.

    Raises:
        InputError: on construction, when there is no video in it.
    """

    path: str
    bad_frames: int = 0
    missing_s: float = 0.0
    fps: float = 30.0
    num_frames: int | None = None
    codec: str = ""
    _container: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        av = import_av()
        try:
            self._open(av)
        except InputError:
            self.close()
            raise
        except Exception as error:  # a damaged file makes PyAV raise a dozen unrelated types
            self.close()
            live = is_address(self.path)
            if not live and isinstance(error, FileNotFoundError):
                raise InputError(f"{self.path}: no such file; check the path") from error
            if not live and isinstance(error, IsADirectoryError):
                raise InputError(f"{self.path}: is a folder; give a video") from error
            advice = "check the address" if live else "copy or re-encode it"
            raise InputError(
                f"{self.path}: no video that FFmpeg can open ({reason(error)}); {advice}"
            ) from error

    def _open(self, av: Any) -> None:
        live = is_address(self.path)
        self._container = av.open(
            _lower_scheme(self.path) if live else os.path.abspath(self.path),  # "a:b.mp4" is none
            metadata_errors="replace",
            timeout=_SILENCE_S if live else None,
        )
        stream = self._stream = _best(av, self._container)
        if stream is None:
            raise InputError(f"{self.path}: has no video stream; give a video")
        self.codec = stream.codec_context.name
        if self.codec in _LETTERS:
            raise InputError(f"{self.path}: is a text; give a video")
        stream.thread_type = "AUTO"
        rates = (float(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)
        self.fps = next((rate for rate in rates if 0 < rate <= _MAX_FPS), self.fps)
        start = self._container.start_time
        self._start_s = None if start is None else start / av.time_base
        self._length_s = self._find_length(av)
        self.num_frames = stream.frames or int((self._length_s or 0) * self.fps + 0.5) or None

    def _find_length(self, av: Any) -> float | None:
        """Seconds from the start of the file to its end; None when it does not say."""
        duration = self._container.duration
        if not duration or duration <= 0:
            return None
        length = duration / av.time_base
        # Matroska writes where it ends, the others how long they are
        late = self._start_s or 0.0
        absolute = "matroska" in self._container.format.name and 0 < late < length
        return length - late if absolute else length

    def __iter__(self) -> Iterator[tuple[int, float, np.ndarray]]:
        av = import_av()
        may_jump = bool(self._container.format.flags & av.format.Flags.ts_discont.value)
        clock = FrameClock(self._start_s, 1 / self.fps, self._length_s, may_jump)
        frame_id, end = 0, 0.0
        for frame in self._decode():
            image = self._to_bgr(frame)
            if image is None:
                self.bad_frames += 1
                continue
            time_s = clock(None if frame.time is None else float(frame.time))
            end = time_s + float((frame.duration or 0) * (frame.time_base or 0))
            yield frame_id, time_s, image
            frame_id += 1
        self._find_what_is_missing(frame_id, end)

    def _decode(self) -> Iterator[Any]:
        """Frames of the packets that can be read; the others are counted."""
        end = import_av().error.EOFError
        packets, in_a_row = self._container.demux(self._stream), 0
        while in_a_row <= _MAX_BAD_IN_A_ROW:
            try:
                packet = next(packets)
            except (StopIteration, end):
                break
            except Exception:  # as when opening
                self.bad_frames += 1
                in_a_row += _MAX_BAD_IN_A_ROW // 10  # a dead stream does not come back
                packets = self._container.demux(self._stream)  # the old one has ended
                continue
            try:
                frames = packet.decode()
            except end:
                break
            except Exception:
                self.bad_frames += 1
                in_a_row += 1
                continue
            in_a_row = 0 if frames else in_a_row
            yield from frames
        try:
            rest = self._stream.decode(None)  # what an unreadable end left inside
        except Exception:
            return  # nothing
        yield from rest

    def _find_what_is_missing(self, frames: int, end: float) -> None:
        """Compare what came out with what the file says of itself."""
        if self.bad_frames and self._stream.frames:
            self.bad_frames = max(self.bad_frames, self._stream.frames - frames)
        if not frames or self._container.streams.audio:
            return  # sound may go on after the picture
        missing = (self._length_s or 0) - end
        if missing > max(0.5, 5 / self.fps):
            self.missing_s = missing

    def _to_bgr(self, frame: Any) -> np.ndarray | None:
        if frame.is_corrupt or not frame.width or not frame.height:
            return None
        try:
            image = frame.to_ndarray(format="bgr24")
            matrix = frame.side_data.get("DISPLAYMATRIX")
        except Exception:
            return None
        if matrix is None:
            return image
        return np.ascontiguousarray(set_upright(image, orientation_of_matrix(bytes(matrix))))

    def close(self) -> None:
        """Let go of the file; harmless when repeated."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def import_av() -> Any:
    """PyAV, whose complaints about damaged packets are not printed one by one.

    Raises:
        InputError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise InputError("video needs the package PyAV; `pip install av`") from error
    av.logging.set_level(None)
    return av


def _lower_scheme(address: str) -> str:
    """The address as FFmpeg knows its protocols."""
    scheme, _, rest = address.partition("://")
    return f"{scheme.lower()}://{rest}"


def reason(error: Exception) -> str:
    """Why FFmpeg failed, in its words."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())


def _best(av: Any, container: Any) -> Any:
    """The stream that a player would show; None without one that can be decoded."""
    disposition = av.stream.Disposition

    def rank(stream: Any) -> tuple[bool, bool, int]:
        context = stream.codec_context
        return (
            not stream.disposition & disposition.attached_pic,
            bool(stream.disposition & disposition.default),
            context.width * context.height,
        )

    # a stream whose kind changed while the file was read is none of these classes
    known = [s for s in container.streams if isinstance(s, av.video.stream.VideoStream)]
    return max((s for s in known if s.codec_context is not None), key=rank, default=None)
