"""Read and write video with PyAV: every readable frame with its time, upright, whatever happens.

Damaged packets are skipped and counted; a display rotation is applied; the time of each frame is
the file's own, so variable frame rates survive to the output.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import write_whole

VIDEO_SUFFIXES = frozenset(
    ".mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .wmv .flv .ts .m2ts .mts .3gp .ogv .vob".split()
)
"""Suffixes that a folder is searched for; a file named outright may have any."""

_TICKS = 90_000  # of the output's clock per second, as MPEG uses
_MAX_BAD_IN_A_ROW = 1_000


@dataclass
class VideoReader:
    """Iterate ``(frame_id, time_s, image)``; afterwards it is known what went wrong.

    ``frame_id`` counts the frames that came out, from 0. ``image`` is (H, W, 3) BGR uint8.
    ``bad_frames`` could not be read; ``missing_s`` is by how much the last frame ends before the
    end that the file announces, 0 where that is nothing to speak of.

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
        av = _av()
        try:
            self._container = av.open(self.path, metadata_errors="replace")
            stream = next(iter(self._container.streams.video), None)
        except (OSError, ValueError) as error:  # PyAV's errors derive from these two
            raise InputError(
                f"{self.path}: no video that FFmpeg can open ({_reason(error)}); copy or "
                "re-encode it"
            ) from error
        if stream is None or stream.codec_context is None:
            self.close()
            raise InputError(f"{self.path}: has no video stream; give a video")
        stream.thread_type = "AUTO"
        self._stream = stream
        self.codec = stream.codec_context.name
        rate = stream.average_rate or stream.guessed_rate
        if rate and 0 < rate < 1000:
            self.fps = float(rate)
        self.num_frames = stream.frames or self._estimate()

    def _estimate(self) -> int | None:
        duration = self._container.duration
        return int(duration / 1e6 * self.fps) if duration and duration > 0 else None

    def __iter__(self) -> Iterator[tuple[int, float, np.ndarray]]:
        frame_id, last, end = 0, -1.0, 0.0
        for frame in self._decode():
            image = self._to_bgr(frame)
            if image is None:
                self.bad_frames += 1
                continue
            last = float(frame.time if frame.time is not None else last + 1 / self.fps)
            end = last + float((frame.duration or 0) * (frame.time_base or 0))
            yield frame_id, last, image
            frame_id += 1
        self._find_what_is_missing(frame_id, end)

    def _decode(self) -> Iterator[Any]:
        """Frames of the packets that can be read; the others are counted."""
        av = _av()
        packets, in_a_row = self._container.demux(self._stream), 0
        while in_a_row <= _MAX_BAD_IN_A_ROW:
            try:
                packet = next(packets)
            except (StopIteration, av.error.EOFError):
                break
            except (OSError, ValueError):
                self.bad_frames += 1
                in_a_row += _MAX_BAD_IN_A_ROW // 10  # a dead stream does not come back
                packets = self._container.demux(self._stream)  # the old one has ended
                continue
            try:
                frames = packet.decode()
            except av.error.EOFError:
                break
            except (OSError, ValueError):
                self.bad_frames += 1
                in_a_row += 1
                continue
            in_a_row = 0 if frames else in_a_row
            yield from frames
        try:
            yield from self._stream.decode(None)  # those that an unreadable end left inside
        except (OSError, ValueError, EOFError):
            pass  # none were

    def _find_what_is_missing(self, frames: int, end: float) -> None:
        """Compare what came out with what the file says of itself."""
        if self.bad_frames and self._stream.frames:
            self.bad_frames = max(self.bad_frames, self._stream.frames - frames)
        if not frames or self._container.streams.audio:
            return  # sound may go on after the picture
        missing = (self._container.duration or 0) / 1e6 - end
        if missing > max(0.5, 5 / self.fps):
            self.missing_s = missing

    def _to_bgr(self, frame: Any) -> np.ndarray | None:
        if frame.is_corrupt or not frame.width or not frame.height:
            return None
        try:
            image = frame.to_ndarray(format="bgr24")
        except (OSError, ValueError):
            return None
        # FFmpeg's display matrix turns counter-clockwise by `rotation` degrees.
        quarter = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, quarter)) if quarter else image

    def close(self) -> None:
        """Let go of the file; harmless when repeated."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class VideoWriter:
    """Write an H.264 mp4 that a browser plays: yuv420p, index in front, written whole.

    The size is that of the first frame, odd sides padded by one pixel; later frames of another
    size are scaled. Left by an error the file is not made; left by Ctrl-C it is closed properly.

    Args:
        path: the .mp4 to make.
        fps: used for frames without a time of their own.
        crf: H.264 quality, 0 (lossless) to 51.
    """

    def __init__(self, path: str | Path, fps: float = 30.0, crf: int = 20) -> None:
        self.path, self.fps, self.crf = Path(path), fps, crf
        self.num_frames = 0
        self._whole = write_whole(self.path)
        self._part: Path | None = None
        self._container: Any = None
        self._last_pts = -1

    def write(self, image: np.ndarray, time_s: float | None = None) -> None:
        """Append one (H, W, 3) BGR uint8 frame shown from ``time_s`` on."""
        av = _av()
        if self._container is None:
            self._open(image)
        height, width = self._stream.height, self._stream.width
        if image.shape[:2] != (height, width):
            bottom, right = height - image.shape[0], width - image.shape[1]
            if 0 <= bottom <= 1 and 0 <= right <= 1:
                image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
            else:
                image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        if time_s is None:
            time_s = self.num_frames / self.fps
        frame.pts = max(round(time_s * _TICKS), self._last_pts + 1)
        frame.time_base = Fraction(1, _TICKS)
        self._last_pts = frame.pts
        self._mux(self._stream.encode(frame))
        self.num_frames += 1

    def _open(self, image: np.ndarray) -> None:
        av = _av()
        self._part = self._whole.__enter__()
        height, width = image.shape[:2]
        self._container = av.open(
            str(self._part), "w", format="mp4", options={"movflags": "faststart"}
        )
        rate = Fraction(self.fps).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.options = {"crf": str(self.crf), "preset": "veryfast"}
        self._stream.thread_type = "AUTO"

    def _mux(self, packets: Any) -> None:
        try:
            self._container.mux(packets)
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> InputError:
        return InputError(
            f"{self.path}: cannot be written ({_reason(error)}); free space on the disk"
        )

    def close(self) -> None:
        """Finish the file; without a single frame none is made."""
        if self._container is None:
            return
        self._mux(self._stream.encode(None))
        try:
            self._container.close()
        except OSError as error:
            raise self._full(error) from error
        self._container = None
        self._whole.__exit__(None, None, None)

    def discard(self) -> None:
        """Give the file up."""
        if self._container is None:
            return
        container, self._container = self._container, None
        try:
            container.close()
        except OSError:
            pass  # the disk that is full cannot take the trailer either
        finally:
            if self._part is not None:
                self._part.unlink(missing_ok=True)
            self._whole = write_whole(self.path)

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None or issubclass(kind, KeyboardInterrupt | GeneratorExit):
            self.close()
        else:
            self.discard()


def write_image(path: str | Path, image: np.ndarray, quality: int = 92) -> None:
    """Write a picture whole in the format of its suffix.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    path = Path(path)
    done, data = cv2.imencode(path.suffix or ".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise InputError(f"{path}: this format cannot be written; use .jpg or .png")
    with write_whole(path) as part:
        try:
            part.write_bytes(data)
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror}); free space on the disk"
            ) from error


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise InputError("video needs the package PyAV; `pip install av`") from error
    av.logging.set_level(None)  # damaged packets are counted, not printed one by one
    return av


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
