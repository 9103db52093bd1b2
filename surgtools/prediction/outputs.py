"""Everything ``predict`` leaves in its folder.

predictions.json            every instance of every frame
coco_results.json           the same as COCO results, with ``coco``
visualizations/NAME.jpg     pictures with the instances drawn
visualizations/NAME.mp4     videos with the instances drawn
frames/NAME/000000.jpg      frames with the instances drawn, with ``frames``
crops/NAME_0.jpg            each instrument cut out, with ``crops``
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.prediction.drawing import KEYPOINT_THR, draw_instances
from surgtools.prediction.image_writer import write_image
from surgtools.prediction.pipeline import Background
from surgtools.prediction.predictions_file import JsonListFile, PredictionsFile
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import Problem
from surgtools.prediction.video_writer import VideoWriter


@dataclass(frozen=True)
class OutputSettings:
    """What is written beside predictions.json.

    Attributes:
        draw: pictures and videos with the instances drawn.
        kpt_thr: keypoints with a lower score are not drawn.
        coco: coco_results.json.
        frames: drawn frames of videos as pictures.
        crops: each instrument cut out of the undrawn picture.
    """

    draw: bool = True
    kpt_thr: float = KEYPOINT_THR
    coco: bool = False
    frames: bool = False
    crops: bool = False


class Outputs:
    """Write results as they come; drawing and encoding happen in a thread.

    Ends with ``drain`` and then ``close``, which finishes every file, or ``discard``, after which
    neither JSON nor the video being written is there.

    Args:
        out_dir: the folder.
        predictions: the open predictions.json.
    """

    def __init__(
        self, out_dir: str | Path, predictions: PredictionsFile, settings: OutputSettings
    ) -> None:
        self.out_dir, self.settings = Path(out_dir), settings
        self.predictions = predictions
        self._coco = JsonListFile(self.out_dir / "coco_results.json") if settings.coco else None
        self._video: VideoWriter | None = None
        self._video_stem: str | None = None
        self._thread = Background(self._write)

    def put(self, result: FrameResult) -> None:
        """Hand over one result with its image; results of one video come together."""
        self._thread.put(result)

    def drain(self) -> None:
        """Wait until everything handed over is written; afterwards nothing more may come."""
        self._thread.close()

    def close(self, problems: list[Problem], complete: bool = True) -> None:
        """Finish every file, after ``drain``."""
        self._close_video()
        if self._coco is not None:
            self._coco.close()
        self.predictions.close(problems, complete)

    def discard(self) -> None:
        """Give up what is not finished; finished pictures and videos stay."""
        self._thread.abandon()
        if self._video is not None:
            self._video.discard()
        if self._coco is not None:
            self._coco.discard()
        self.predictions.discard()

    def _write(self, result: FrameResult) -> None:
        self.predictions.write(result)
        if self._coco is not None:
            for entry in result.to_coco():
                self._coco.append(entry)
        settings = self.settings
        if settings.crops:
            self._write_crops(result)
        if not (settings.draw or settings.frames):
            return
        drawn = draw_instances(result.image, result.instances, settings.kpt_thr)
        if result.kind == "image":
            write_image(self.out_dir / "visualizations" / f"{result.stem}.jpg", drawn)
            return
        if settings.frames:
            name = f"{result.frame_id:06d}.jpg"
            write_image(self.out_dir / "frames" / result.stem / name, drawn)
        if settings.draw:
            self._write_video(result, drawn)

    def _write_video(self, result: FrameResult, drawn: np.ndarray) -> None:
        if self._video_stem != result.stem:
            self._close_video()
            path = self.out_dir / "visualizations" / f"{result.stem}.mp4"
            self._video, self._video_stem = VideoWriter(path), result.stem
        self._video.write(drawn, result.time_s)

    def _close_video(self) -> None:
        if self._video is not None:
            self._video.close()
            self._video = self._video_stem = None

    def _write_crops(self, result: FrameResult) -> None:
        frame = "" if result.frame_id is None else f"_{result.frame_id:06d}"
        for number, instance in enumerate(result.instances):
            x1, y1 = np.floor(np.maximum(instance.bbox[:2], 0)).astype(int)
            x2, y2 = np.ceil(instance.bbox[2:]).astype(int)
            part = result.image[y1:y2, x1:x2]
            if part.size:
                name = f"{result.stem}{frame}_{number}_{instance.category_name}.jpg"
                write_image(self.out_dir / "crops" / name, part)
