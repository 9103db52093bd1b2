"""Write video with PyAV, as every browser plays it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.prediction.image_writer import CannotEncode
from surgtools.prediction.video import import_av, reason

_TICKS = 90_000  # of the output's clock per second, as MPEG uses
_FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}

VIDEO_MARK = "video of surgtools"
"""Name of the track in every video; it stands near the start of the file."""


class VideoWriter:
    """Write an H.264 mp4 that a browser plays: yuv420p, index in front, written whole.

    The size is that of the first frame, odd sides padded by one pixel; later frames of another
    size are scaled. The first frame is shown at 0, whatever its time. Left by an error the file is
    not made; left by Ctrl-C it is closed properly.

    Args:
        path: the .mp4, .m4v or .mov to make.
        fps: used for frames without a time of their own.
        crf: H.264 quality, 0 (lossless) to 51.

    Raises:
        InputError: another suffix, or nothing can be written there.
    """

    def __init__(self, path: str | Path, fps: float = 30.0, crf: int = 20) -> None:
        self.path, self.fps, self.crf = Path(path), fps, crf
        if self.path.suffix.lower() not in _FORMATS:
            raise InputError(
                f"{path}: videos are written as {', '.join(_FORMATS)}; give it such a name"
            )
        self.num_frames = 0
        self._whole = write_whole(self.path)
        self._part: Path | None = None
        self._container: Any = None
        self._start_s, self._last_pts = 0.0, -1
        self._gap = round(_TICKS / fps)  # how long the last frame is shown

    def write(self, image: np.ndarray, time_s: float | None = None) -> None:
        """Append one (H, W, 3) BGR uint8 frame shown from ``time_s`` on.

        Raises:
            InputError: the disk is full; as ``CannotEncode``, H.264 has no frames of this size.
        """
        av = import_av()
        if self._container is None:
            self._open(image)
            self._start_s = time_s or 0.0
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
        frame.pts = max(round((time_s - self._start_s) * _TICKS), self._last_pts + 1)
        frame.time_base = Fraction(1, _TICKS)
        if self.num_frames:
            self._gap = frame.pts - self._last_pts
        self._last_pts = frame.pts
        self._mux(self._encode(frame))
        self.num_frames += 1

    def _open(self, image: np.ndarray) -> None:
        av = import_av()
        self._part = self._whole.__enter__()
        height, width = image.shape[:2]
        self._container = av.open(
            str(self._part),
            "w",
            format=_FORMATS[self.path.suffix.lower()],
            options={"movflags": "faststart"},
        )
        rate = Fraction(self.fps).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.metadata["handler_name"] = VIDEO_MARK
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.options = {"crf": str(self.crf), "preset": "veryfast"}
        self._stream.thread_type = "AUTO"

    def _encode(self, frame: Any) -> Any:
        try:
            return self._stream.encode(frame)
        except Exception as error:  # PyAV's errors have no class in common but this
            size = f"{self._stream.width} x {self._stream.height}"
            raise CannotEncode(
                f"{self.path}: frames of {size} pixels cannot be written as H.264 "
                f"({reason(error)})"
            ) from error

    def _mux(self, packets: Any) -> None:
        for packet in packets:
            packet.duration = self._gap
        try:
            self._container.mux(packets)
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> InputError:
        return InputError(
            f"{self.path}: cannot be written ({reason(error)}); free space on the disk"
        )

    def close(self) -> None:
        """Finish the file; without a single frame none is made."""
        if self._container is None:
            return
        self._mux(self._encode(None))
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
