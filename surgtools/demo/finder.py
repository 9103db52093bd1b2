"""Find instruments in one picture or clip, for a page: a drawing, a table and predictions.json."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.outputs import Outputs, OutputSettings
from surgtools.prediction.over_time import VideoSettings
from surgtools.prediction.predictions_file import PredictionsFile
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.sources import find_sources
from surgtools.spatial.flat_measures import gap_per_length

MAX_BYTES = 200 * 2**20
MAX_FRAMES = 600
"""Of a clip; what comes after them is left out."""

COLUMNS = ("frame", "category", "score", "opening", "keypoint", "x", "y", "keypoint score", "seen")
KEPT = 5
"""Results that stay; older ones are removed."""

MAX_ROWS = 2_000
"""Of the table; predictions.json holds everything."""


@dataclass(frozen=True)
class Found:
    """What is shown of one picture or clip.

    Attributes:
        drawing: a picture or an mp4 with the instruments drawn.
        is_video: which of both.
        predictions: predictions.json.
        rows: one per keypoint, see ``COLUMNS``; an instance without keypoints has one, too.
        summary: what was found, in words.
    """

    drawing: Path
    is_video: bool
    predictions: Path
    rows: list[list[Any]]
    summary: str


class Finder:
    """Runs models by name, and keeps those that were used last.

    Args:
        folder: where results go, each in a folder of its own; the caller removes it.
        open_models: from the name to what finds; tests exchange it.
        device: for example ``cpu``.
    """

    def __init__(
        self,
        folder: Path,
        open_models: Callable[..., Inferencer] = Inferencer,
        device: str | None = None,
    ) -> None:
        self.folder, self.device = folder, device
        self._open = open_models
        self._kept: tuple[str, Inferencer] | None = None
        self._lock = threading.Lock()

    def __call__(self, path: str | Path, models: str, bbox_thr: float, kpt_thr: float) -> Found:
        """Results of one file.

        Args:
            path: a picture or a clip.
            models: as ``--models``.
            bbox_thr: instruments with a lower score are left out.
            kpt_thr: keypoints with a lower score are not drawn.

        Raises:
            InputError: the file is too large or cannot be read, or the models are not there.
        """
        path = Path(path)
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                f"{path.name}: larger than {MAX_BYTES >> 20} MB; use `surgtools predict`"
            )
        with self._lock:  # the page may ask twice at once
            return self._find(path, models, bbox_thr, kpt_thr)

    def _find(self, path: Path, models: str, bbox_thr: float, kpt_thr: float) -> Found:
        problems: list = []
        sources = find_sources([str(path)], problems.append)
        inferencer = self._inferencer(models, bbox_thr)
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(self.folder.iterdir(), key=lambda p: p.stat().st_mtime)[: -KEPT + 1]:
            shutil.rmtree(old, ignore_errors=True)
        out = Path(tempfile.mkdtemp(dir=self.folder))
        video = VideoSettings(max_frames=MAX_FRAMES)
        results = inferencer(sources, keep_images=True, video=video) if sources else iter(())
        found = self._write(out, results, inferencer, models, kpt_thr)
        problems += inferencer.problems if sources else []
        if not found:
            said = "; ".join(problem.message for problem in problems)
            raise InputError(f"{path.name}: {said or 'no picture and no clip'}")
        return to_found(out, found)

    def _inferencer(self, models: str, bbox_thr: float) -> Inferencer:
        key = f"{models} {bbox_thr}"
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, self._open(models=models, device=self.device, bbox_thr=bbox_thr))
        return self._kept[1]

    def _write(
        self, out: Path, results, inferencer: Inferencer, models: str, kpt_thr: float
    ) -> list[FrameResult]:
        settings = {"models": models, "kpt_thr": kpt_thr}
        taxonomy = inferencer.predictor.taxonomy
        file = PredictionsFile(out / "predictions.json", inferencer.models, settings, taxonomy)
        outputs, found = Outputs(out, file, OutputSettings(kpt_thr=kpt_thr)), []
        try:
            for result in results:
                outputs.put(result)
                found.append(result.changed(image=None))
            outputs.drain()
            outputs.close([*inferencer.problems, *outputs.problems])
        except BaseException:
            outputs.discard()
            raise
        return found


def to_found(out: Path, results: Sequence[FrameResult]) -> Found:
    """What is shown of what was written to ``out``."""
    drawings = sorted((out / "visualizations").rglob("*.*"))
    if not drawings:
        raise InputError("no drawing could be written of this file")
    is_video = results[0].kind == "video"
    rows = [row for result in results for row in rows_of(result)]
    count = sum(len(result.instances) for result in results)
    unit = f"{len(results)} frames" if is_video else "the picture"
    summary = f"{count} instrument{'s' * (count != 1)} in {unit}"
    if is_video and len(results) == MAX_FRAMES:
        summary += ", which is all that is looked at here; `surgtools predict` goes to the end"
    return Found(drawings[0], is_video, out / "predictions.json", rows[:MAX_ROWS], summary)


def rows_of(result: FrameResult) -> list[list[Any]]:
    """The rows of one frame."""
    rows = []
    for instance in result.instances:
        head = [
            0 if result.frame_id is None else result.frame_id,
            instance.category_name,
            round(float(instance.bbox_score), 3),
            opening_of(instance),
        ]
        names = instance.category.keypoints if len(instance.keypoints) else ("",)
        for index, name in enumerate(names):
            values = ("", "", "", "")
            if name:
                x, y = (round(float(value), 1) for value in instance.keypoints[index])
                seen = round(float(instance.keypoint_visible[index]), 2)
                values = (x, y, round(float(instance.keypoint_scores[index]), 3), seen)
            rows.append([*head, name, *values])
    return rows


def opening_of(instance: Instance) -> float | str:
    """``gap_per_length`` of an instance, three digits; "" where there is none."""
    gap = None
    if len(instance.keypoints):
        gap = gap_per_length(instance.category, instance.keypoints)
    return "" if gap is None else round(gap, 3)
