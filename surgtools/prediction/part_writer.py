"""Write the results of each source to a file of its own, see ``surgtools.prediction.parts``."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from surgtools.prediction.parts import Summary, cut
from surgtools.prediction.predictions_file import JsonListFile
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import InputProblem


class PartWriter:
    """What ``Outputs`` writes results to: one source after the other, each file whole.

    Args:
        out_dir: what the names of drawings are relative to.
        place_of: stem of a source to the place of its part, and its group, see ``Listed``.
        problems_of: name of a source to what was wrong while it was read.
        coco: keep the rows of COCO results, too.
    """

    def __init__(
        self,
        out_dir: Path,
        place_of: Callable[[str], tuple[Path, str]],
        problems_of: Callable[[str], list[InputProblem]],
        coco: bool = False,
    ) -> None:
        self._out_dir, self._place_of, self._problems_of = out_dir, place_of, problems_of
        self._coco = coco
        self._file: JsonListFile | None = None
        self._source = ""
        self._frames = self._instances = 0
        self.num_frames = self.num_instances = 0

    def write(self, result: FrameResult) -> None:
        """Append a frame; those of a source come together."""
        if self._file is None:
            self._path, self._together = self._place_of(result.stem)
            self._source = result.source
            self._file = JsonListFile(cut(self._path), '{"instance_info": [')
            self._frames = self._instances = 0
        entry = result.to_json()
        self._file.append(entry | {"coco": result.to_coco()} if self._coco else entry)
        self._frames += 1
        self._instances += len(result.instances)
        self.num_frames += 1
        self.num_instances += len(result.instances)

    def finish(self, drawn: Path | None, problems: list[InputProblem]) -> None:
        """The source that was written last is done."""
        if self._file is not None:
            self._close_file(drawn, [*self._problems_of(self._source), *problems])
            os.replace(cut(self._path), self._path)

    def close(self, problems: list[InputProblem], complete: bool = True) -> None:
        """Keep what there is of a source that was not finished, under another name."""
        if self._file is not None:
            self._close_file(None, [])

    def discard(self) -> None:
        """Give the unfinished part up."""
        if self._file is not None:
            self._file.discard()
            self._file = None

    def _close_file(self, drawn: Path | None, problems: list[InputProblem]) -> None:
        summary = Summary(
            frames=self._frames,
            instances=self._instances,
            problems=[problem.to_json() for problem in problems],
            drawn=None if drawn is None else drawn.relative_to(self._out_dir).as_posix(),
            together=self._together,
        )
        file, self._file = self._file, None
        file.close('\n],\n"summary": ' + json.dumps(asdict(summary)) + "}\n")
