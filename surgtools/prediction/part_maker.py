"""Look at sources and leave the part of each: the same work in one process and on many machines.

``PartJob`` says what is to be done and can be sent anywhere; ``PartMaker`` holds the networks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surgtools.prediction.frame_reader import accept
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.outputs import Outputs, OutputSettings
from surgtools.prediction.over_time import VideoSettings
from surgtools.prediction.part_writer import PartWriter
from surgtools.prediction.parts import Parts, failed
from surgtools.prediction.results import FrameResult
from surgtools.prediction.source_list import Listed
from surgtools.prediction.sources import Frame, InputProblem, Source, SourceStream
from surgtools.taxonomy import Taxonomy


@dataclass(frozen=True)
class PartJob:
    """What to make of every source.

    Attributes:
        parts: where the results go.
        inferencer: arguments of ``Inferencer``.
        outputs: what is drawn beside them.
        out_dir: where that goes.
        video: tracking, smoothing and sampling of videos.
        boxes: file with boxes to use instead of the detector's.
        pose: False stops after the detector.
        keep_images: somebody wants to see the pictures.
        coco: keep the rows of COCO results, too.
        require: called with each frame, see ``Inferencer``; can be sent anywhere, too.
        measure: from the taxonomy to what adds measures to a result; can be sent anywhere, too.
    """

    parts: Parts
    inferencer: dict[str, Any]
    outputs: OutputSettings
    out_dir: Path
    video: VideoSettings
    boxes: Path | None = None
    pose: bool = True
    keep_images: bool = True
    coco: bool = False
    require: Callable[[Frame], None] = accept
    measure: Callable[[Taxonomy], Callable[[FrameResult], FrameResult]] | None = None


@dataclass
class Made:
    """What came of some sources.

    Attributes:
        frames, instances: how many.
        problems: of sources that have no part; those of others stand in their parts.
        interrupted: Ctrl-C ended it.
    """

    frames: int = 0
    instances: int = 0
    problems: list[InputProblem] = field(default_factory=list)
    interrupted: bool = False


class PartMaker:
    """Networks that are loaded once, and make parts of any number of sources.

    Raises:
        InputError: a model or device cannot be used.
    """

    def __init__(self, job: PartJob) -> None:
        self.job = job
        self.inferencer = Inferencer(**job.inferencer)

    def make(
        self, todo: Iterable[Listed], see: Callable[[FrameResult], None] = lambda result: None
    ) -> Made:
        """Look at the sources and write their parts; one that fails costs no other.

        Args:
            todo: sources without a part.
            see: called with each result.

        Raises:
            InputError: nothing can be written any more, or settings contradict each other; parts
                that are finished stay.
        """
        job, places, problems = self.job, _Places(todo, self.job.parts), _Problems()
        results = self.inferencer(
            places,
            boxes=job.boxes,
            keep_images=job.keep_images,
            video=job.video,
            pose=job.pose,
            require=job.require,
        )
        taxonomy = self.inferencer.predictor.taxonomy
        measured = results if job.measure is None else map(job.measure(taxonomy), results)
        writer = PartWriter(job.out_dir, places.take, problems.take, job.coco)
        outputs = Outputs(job.out_dir, writer, job.outputs, writer.finish)
        made = Made()
        try:
            try:
                for result in measured:
                    if not writer.num_frames:
                        job.parts.claim(self.inferencer.models, taxonomy)
                    problems.add(self.inferencer.problems)
                    outputs.put(result)
                    see(result)
            except KeyboardInterrupt:
                made.interrupted = True
                results.close()
            outputs.drain()
            problems.add(self.inferencer.problems)
            if not made.interrupted:
                outputs.finish()
                places.give_up_the_rest()
            outputs.close([])
        except BaseException:
            results.close()  # ends the threads, which may not outlive the interpreter
            outputs.keep([])
            raise
        made.frames, made.instances = writer.num_frames, writer.num_instances
        made.problems = problems.left()
        return made


class _Places(SourceStream):
    """The sources as the inferencer wants them, and where the parts of those under way go."""

    def __init__(self, todo: Iterable[Listed], parts: Parts) -> None:
        self._todo, self._parts = todo, parts
        self._under_way: dict[str, Listed] = {}

    def __iter__(self) -> Iterator[Source]:
        for listed in self._todo:
            self._under_way[listed.source.stem] = listed
            yield listed.source

    def take(self, stem: str) -> tuple[Path, str]:
        """Where the part of a source goes, and its group; those before it gave no result."""
        while (first := next(iter(self._under_way))) != stem:
            self._give_up(self._under_way.pop(first))
        listed = self._under_way.pop(stem)
        return self._parts.path(listed), listed.together

    def give_up_the_rest(self) -> None:
        """All sources were read; what gave no result will give none."""
        while self._under_way:
            self._give_up(self._under_way.popitem()[1])

    def _give_up(self, listed: Listed) -> None:
        mark = failed(self._parts.path(listed))
        if mark.parent.is_dir() or self._parts.folder.is_dir():
            mark.parent.mkdir(exist_ok=True)
            mark.touch()


class _Problems:
    """What was wrong with sources, until it is written into their parts."""

    def __init__(self) -> None:
        self._seen, self._waiting = 0, defaultdict(list)

    def add(self, problems: list[InputProblem]) -> None:
        """Take those that are new since the last time."""
        for problem in problems[self._seen :]:
            self._waiting[problem.source].append(problem)
            self._seen += 1

    def take(self, source: str) -> list[InputProblem]:
        """Those of one source, which are then settled."""
        return self._waiting.pop(source, [])

    def left(self) -> list[InputProblem]:
        """Those of sources that have no part."""
        return [problem for some in self._waiting.values() for problem in some]
