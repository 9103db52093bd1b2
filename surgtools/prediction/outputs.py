"""Write everything that ``predict`` leaves in its folder.

predictions.json            every instance of every frame
visualizations/NAME.jpg     pictures with the instances drawn; .png beyond 65,500 pixels a side
visualizations/NAME.mp4     videos with the instances drawn
frames/NAME/000000.jpg      frames with the instances drawn, with ``frames``
crops/NAME_0.jpg            each instrument cut out, with ``crops``
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from surgtools.errors import InputError
from surgtools.evaluation.settings import KEYPOINT_THR
from surgtools.prediction.drawing import draw_instances
from surgtools.prediction.image_writer import CannotEncode, write_image
from surgtools.prediction.pipeline import Background
from surgtools.prediction.predictions_file import PredictionsFile
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import InputProblem
from surgtools.prediction.video_writer import VideoWriter
from surgtools.safe_names import path_to_write

if TYPE_CHECKING:
    from surgtools.prediction.part_writer import PartWriter

MAX_JPEG_SIDE = 65_500


@dataclass(frozen=True)
class OutputSettings:
    """What is written beside predictions.json.

    Attributes:
        draw: pictures and videos with the instances drawn.
        kpt_thr: keypoints with a lower score are not drawn.
        frames: drawn frames of videos as pictures.
        crops: each instrument cut out of the undrawn picture.
    """

    draw: bool = True
    kpt_thr: float = KEYPOINT_THR
    frames: bool = False
    crops: bool = False


class Outputs:
    """Write results as they come; drawing and encoding happen in a thread.

    Ends with ``drain`` and then ``close``, which finishes every file, or ``discard``, after which
    neither JSON nor the video being written is there. COCO results are made of the parts, see
    ``join_parts``.

    Args:
        out_dir: the folder.
        predictions: the open predictions.json.
        finish: called in the thread when all of a source is written, with the drawing, if there
            is one, and with the problems of writing it.

    Attributes:
        problems: sources of which the results are written, but no drawings or crops.
    """

    def __init__(
        self,
        out_dir: str | Path,
        predictions: "PredictionsFile | PartWriter",
        settings: OutputSettings,
        finish: Callable[[Path | None, list[InputProblem]], None] | None = None,
    ) -> None:
        self.out_dir, self.settings = Path(out_dir), settings
        self.predictions = predictions
        self.problems: list[InputProblem] = []
        self._video: VideoWriter | None = None
        self._video_of: FrameResult | None = None
        self._given_up: set[tuple[str, str]] = set()
        self._finish, self._stem, self._drawing, self._told = finish, None, None, 0
        self._thread = Background(self._write)

    def put(self, result: FrameResult) -> None:
        """Hand over one result with its image; results of one video come together."""
        self._thread.put(result)

    def drain(self) -> None:
        """Wait until everything handed over is written; afterwards nothing more may come."""
        self._thread.close()
        self._close_video()

    def finish(self) -> None:
        """After ``drain``: the last source was written to its end, too."""
        self._finish_source()

    def close(self, problems: list[InputProblem], complete: bool = True) -> None:
        """Finish every file, after ``drain``."""
        self.predictions.close(problems, complete)

    def keep(self, problems: list[InputProblem]) -> None:
        """Finish every file as incomplete, when something else than writing has failed."""
        try:
            self.drain()
            if not self.predictions.num_frames or self._thread.has_failed:
                self.discard()
            else:
                self.close([*problems, *self.problems], complete=False)
        except Exception:  # there is an error already, and it is the one to tell
            self.discard()

    def discard(self) -> None:
        """Give up what is not finished; finished pictures and videos stay."""
        self._thread.abandon()
        self._discard_video()
        self.predictions.discard()

    def _write(self, result: FrameResult) -> None:
        if result.stem != self._stem:
            self._close_video()
            self._finish_source()
            self._stem = result.stem
        self.predictions.write(result)
        if self.settings.crops:
            self._attempt("crops", self._write_crops, result)
        if self.settings.frames and result.kind != "image":
            self._attempt("frames", self._write_frame, result)
        if self.settings.draw:
            draw = self._write_picture if result.kind == "image" else self._write_video
            self._attempt("drawing", draw, result)
        if result.kind == "image":
            self._finish_source()

    def _finish_source(self) -> None:
        if self._finish is not None and self._stem is not None:
            self._finish(self._drawing, self.problems[self._told :])
        self._told, self._stem, self._drawing = len(self.problems), None, None

    def _attempt(self, what: str, write: Callable, result: FrameResult) -> None:
        """What cannot be made of one source costs nothing else."""
        if (what, result.stem) in self._given_up:
            return
        try:
            write(result)
        except Exception as error:
            if not _is_of_source(error):
                raise
            self._give_up(what, result, error)

    def _give_up(self, what: str, result: FrameResult, error: Exception) -> None:
        self._given_up.add((what, result.stem))
        reason = " ".join(str(error).split()) or type(error).__name__
        self.problems.append(InputProblem(result.source, f"no {what}: {reason}"))
        if self._video_of is not None and what == "drawing":
            self._discard_video()

    def _place(self, folder: str, name: str, result: FrameResult) -> Path:
        """Where a file goes; names of sources and categories may not lead out of the folder."""
        try:
            return path_to_write(self.out_dir / folder, name, result.source)
        except InputError as error:
            raise CannotEncode(str(error)) from error

    def _drawn(self, result: FrameResult) -> np.ndarray:
        return draw_instances(result.image, result.instances, self.settings.kpt_thr)

    def _write_picture(self, result: FrameResult) -> None:
        suffix = "jpg" if max(result.width, result.height) <= MAX_JPEG_SIDE else "png"
        path = self._place("visualizations", f"{result.stem}.{suffix}", result)
        write_image(path, self._drawn(result))
        self._drawing = path

    def _write_frame(self, result: FrameResult) -> None:
        path = self._place("frames", f"{result.stem}/{result.frame_id:06d}.jpg", result)
        write_image(path, self._drawn(result))

    def _write_video(self, result: FrameResult) -> None:
        if self._video is None:
            path = self._place("visualizations", f"{result.stem}.mp4", result)
            self._video, self._video_of = VideoWriter(path), result
        self._video.write(self._drawn(result), result.time_s)

    def _close_video(self) -> None:
        if self._video is None:
            return
        try:
            self._video.close()
            self._drawing = self._video.path
        except CannotEncode as error:
            self._give_up("drawing", self._video_of, error)
        self._video = self._video_of = None

    def _discard_video(self) -> None:
        if self._video is not None:
            self._video.discard()
        self._video = self._video_of = None

    def _write_crops(self, result: FrameResult) -> None:
        frame = "" if result.frame_id is None else f"_{result.frame_id:06d}"
        for number, instance in enumerate(result.instances):
            x1, y1 = np.floor(np.maximum(instance.bbox[:2], 0)).astype(int)
            x2, y2 = np.ceil(instance.bbox[2:]).astype(int)
            part = result.image[y1:y2, x1:x2]
            if part.size:
                name = f"{result.stem}{frame}_{number}_{instance.category_name}.jpg"
                write_image(self._place("crops", name, result), part)


_OF_NAMES = frozenset(
    (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ)
)


def _is_of_source(error: Exception) -> bool:
    """Whether size or name of a source are to blame, rather than the disk, which all share."""
    if isinstance(error, CannotEncode):
        return True
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError):
        return cause.errno in _OF_NAMES or isinstance(cause, IsADirectoryError)
    return not isinstance(error, InputError)
