"""One run of ``predict``: what is missing is made, then everything is joined.

It is given explicit settings and reads no flags.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surgtools.cli.frame_progress import frame_progress
from surgtools.cli.item_progress import item_progress
from surgtools.cli.second_interrupt import second_interrupt
from surgtools.errors import InputError
from surgtools.prediction.frame_reader import count_frames
from surgtools.prediction.joining import Joined, join_parts, joined_before, remember
from surgtools.prediction.part_maker import Made, PartJob, PartMaker
from surgtools.prediction.results import FrameResult
from surgtools.prediction.run_lock import run_lock
from surgtools.prediction.source_list import Listed, SourceList
from surgtools.prediction.sources import InputProblem, stream_sources

WATCH_SECONDS = 2.0
"""Between two looks at a folder that fills; a file that changed since is left for the next one."""

See = Callable[[FrameResult], None]


@dataclass
class PredictRun:
    """What to look at, how, and where the results go.

    Attributes:
        inputs: what the user named.
        job: how.
        shown: settings as predictions.json tells them.
        coco: where COCO results go, or None.
        stale: COCO results that this run does not write; they are removed when
            predictions.json is written anew, because they would tell of other predictions.
        shard: (i, n), look only at the i-th of n parts, and join nothing if n > 1.
        anew: look again at what is done.
        engine: ``local`` or ``ray``.
        see: called with each result.
        after: called when predictions.json is written.
    """

    inputs: Sequence[str]
    job: PartJob
    shown: Mapping[str, Any]
    coco: Path | None = None
    stale: Path | None = None
    shard: tuple[int, int] = (1, 1)
    anew: bool = False
    engine: str = "local"
    see: See = lambda result: None
    after: Callable[[], None] = lambda: None
    _maker: PartMaker | None = field(default=None, init=False)
    _tried: set[str] = field(default_factory=set, init=False)
    _repeated: Counter[str] = field(default_factory=Counter, init=False)

    def once(self) -> int:
        """Look at everything, and return the exit code.

        Raises:
            InputError: nothing is there, nothing can be used, or another run writes there.
        """
        with run_lock(self.job.parts, shared=self.shard != (1, 1)):
            return self._once()

    def watch(self) -> int:
        """Look again and again until Ctrl-C, and return the exit code."""
        with run_lock(self.job.parts, shared=self.shard != (1, 1)):
            return self._watch()

    def _once(self) -> int:
        unusable, sources = self._list()
        self._tell_repeated()
        if not len(sources) and (unusable or self.shard == (1, 1)):
            raise InputError("; ".join(f"{p.source}: {p.message}" for p in unusable))
        todo = self._todo(sources)
        self._tell_kept(len(sources), len(todo))
        start = time.perf_counter()
        made = self._make(todo, sources, unusable)
        seconds = time.perf_counter() - start
        if self.shard != (1, 1):
            return self._tell_shard(made, [*unusable, *made.problems], len(sources))
        joined = self._join(sources, [*unusable, *made.problems], made)
        for problem in joined.problems:
            print(f"surgtools predict: {problem.source}: {problem.message}", file=sys.stderr)
        if not joined.frames:
            if made.interrupted:
                raise KeyboardInterrupt
            raise InputError(
                f"none of the {len(joined.problems)} inputs could be used; nothing was written"
            )
        speed = f"{made.frames / seconds:.1f} frames/s" if len(todo) else "nothing to do"
        print(
            f"{joined.frames} frames, {joined.instances} instances, {speed} "
            f"-> {self.job.parts.output}"
        )
        if made.interrupted:
            return 130
        self.job.parts.tidy()
        return 3 if joined.problems else 0

    def _watch(self) -> int:
        code, told = 0, set()
        try:
            while True:
                unusable, sources = self._list()
                todo = self._todo(sources, settled_for=WATCH_SECONDS)
                if len(todo):
                    made = self._make(todo, sources, unusable)
                    joined = self._join(sources, [*unusable, *made.problems], made)
                    for problem in joined.problems:
                        if problem not in told:
                            told.add(problem)
                            message = f"{problem.source}: {problem.message}"
                            print(f"surgtools predict: {message}", file=sys.stderr)
                    print(
                        f"{len(todo)} new inputs; {joined.frames} frames, {joined.instances} "
                        f"instances -> {self.job.parts.output}",
                        flush=True,
                    )
                    code = 3 if joined.problems else 0
                    if made.interrupted:
                        return 130
                time.sleep(WATCH_SECONDS)
        except KeyboardInterrupt:
            return code

    def _list(self) -> tuple[list[InputProblem], SourceList]:
        unusable: list[InputProblem] = []
        self._repeated.clear()
        found = stream_sources(self.inputs, unusable.append, self.job.out_dir, self._repeat)
        return unusable, SourceList.of(found, self.shard, self.job.inferencer["batch_size"])

    def _repeat(self, path: Path) -> None:
        """Count a file that is named again; one name of them is enough to be told."""
        self._repeated[next(iter(self._repeated), str(path))] += 1

    def _todo(self, sources: SourceList, settled_for: float = 0) -> SourceList:
        """Sources that need work; what failed in this run is not tried twice."""
        return SourceList(self._missing(sources, time.time() - settled_for))

    def _missing(self, sources: SourceList, until: float) -> Iterator[Listed]:
        parts = self.job.parts
        for group in sources.groups():
            ready = [e for e in group if e.digest not in self._tried and e.changed <= until]
            todo = ready if self.anew else parts.missing(ready)
            for listed in todo:
                if self.anew or not listed.mark:
                    parts.path(listed).unlink(missing_ok=True)
                yield listed

    def _make(self, todo: SourceList, sources: SourceList, unusable: list[InputProblem]) -> Made:
        """Make what is missing; an error in the middle leaves what is done joined."""
        if not len(todo):
            return Made()
        try:
            made = self._make_here(todo) if self.engine == "local" else self._make_there(todo)
        except BaseException:
            if self.shard == (1, 1):
                self._keep(sources, unusable)
            raise
        failed = {problem.source for problem in made.problems}
        self._tried |= {each.digest for each in todo if each.source.name in failed}
        return made

    def _make_here(self, todo: SourceList) -> Made:
        job = self.job
        sources = (each.source for each in todo)
        total = count_frames(sources, job.video.stride, job.video.max_frames)
        if self._maker is None:
            self._maker = PartMaker(job)
        with frame_progress("predict", total) as advance:

            def see(result: FrameResult) -> None:
                advance()
                self.see(result)

            with second_interrupt("predict"):
                return self._maker.make(todo, see)

    def _make_there(self, todo: SourceList) -> Made:
        from surgtools.prediction.part_sharing import make_on_cluster

        device = self.job.inferencer.get("provider") or self.job.inferencer.get("device")
        on_cpu = device == "cpu" or (device is None and self.job.inferencer["models"].is_onnx)
        with item_progress("predict", len(todo), "inputs") as advance:
            return make_on_cluster(self.job, todo, 0 if on_cpu else None, advance)

    def _join(self, sources: SourceList, problems: list[InputProblem], made: Made) -> Joined:
        parts = self.job.parts
        if not (made.frames or made.problems or made.interrupted):
            joined = joined_before(sources, parts, problems)
            if joined is not None:
                self.after()
                return joined
        joined = self._join_anew(sources, problems, not made.interrupted)
        if joined.frames:
            self.after()
        if joined.frames and not made.interrupted:
            remember(joined, sources, parts, problems)
        return joined

    def _join_anew(
        self, sources: SourceList, problems: list[InputProblem], complete: bool
    ) -> Joined:
        parts = self.job.parts
        joined = join_parts(sources, parts, self.shown, problems, complete, self.coco)
        if joined.frames and self.stale is not None and self.stale.is_file():
            self.stale.unlink()
            print(f"{self.stale}: was of other predictions; removed")
        return joined

    def _keep(self, sources: SourceList, unusable: list[InputProblem]) -> None:
        try:
            self._join_anew(sources, unusable, False)
        except Exception:  # there is an error already, and it is the one to tell
            pass

    def _tell_repeated(self) -> None:
        for first, count in self._repeated.items():
            others = f" (and {count - 1} more)" if count > 1 else ""
            print(
                f"surgtools predict: {first}: named again{others}; each file is taken once",
                file=sys.stderr,
            )

    def _tell_kept(self, count: int, missing: int) -> None:
        parts = self.job.parts
        if missing < count:
            print(f"{count - missing} of {count} inputs are done already and are kept", flush=True)
        elif not parts.folder.is_dir() and parts.of_other_settings():
            print(f"{parts.output}: was made with other settings; beginning anew", flush=True)

    def _tell_shard(self, made: Made, problems: list[InputProblem], count: int) -> int:
        for problem in problems:
            print(f"surgtools predict: {problem.source}: {problem.message}", file=sys.stderr)
        part, parts = self.shard
        print(
            f"part {part} of {parts}: {count} inputs, {made.frames} new frames; the same command "
            "without --shard joins all parts"
        )
        if made.interrupted:
            return 130
        return 3 if problems else 0
