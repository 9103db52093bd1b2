"""H.264 clips from frames that lie as pictures."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import write_whole


def stored_frames(path: Path) -> int:
    """How many frames a clip says it has; 0 if it cannot be read."""
    try:
        with av.open(str(path)) as clip:
            return clip.streams.video[0].frames
    except (av.FFmpegError, EOFError, IndexError):
        return 0


def write_clip(path: Path, pictures: list[Path], fps: float, rate_factor: int) -> None:
    """Write an mp4 (H.264, yuv420p); an odd last row or column is left out.

    Args:
        pictures: of one size, in order.
        rate_factor: x264's constant rate factor, 0 to 51; lower is better.

    Raises:
        InputError: a picture is missing or cannot be read.
    """
    with write_whole(path) as part, av.open(str(part), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(rate_factor), "preset": "medium"}
        stream.codec_context.thread_count = 1  # the same bytes on every machine
        for picture in pictures:
            pixels = cv2.imread(str(picture))
            if pixels is None:
                raise InputError(f"{picture}: cannot be read; delete it and its label, run again")
            height, width = (n - n % 2 for n in pixels.shape[:2])
            if not stream.codec_context.is_open:
                stream.width, stream.height = width, height
            frame = np.ascontiguousarray(pixels[:height, :width])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        out.mux(stream.encode())
