"""Do items on the machines of a Ray cluster: at least once each, whatever dies meanwhile.

Every machine sees the same folders at the same paths. An actor per processor, or per card, calls
``start`` once and keeps what it loaded. When an actor is lost its item goes to another one; as
machines come, they get actors.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import surgtools
from surgtools.engines import Start
from surgtools.errors import InputError

TRIES = 4
"""How often an item is given out before it is to blame for the loss of its workers."""

PATIENCE_S = 300.0
"""How long a cluster may be without a single worker."""

LOOK_EVERY_S = 2.0
"""Between two looks at how large the cluster is."""


@dataclass
class _Task:
    item: Any
    tries: int = 0


def do_items(
    start: Start,
    items: Iterable[Any],
    gpus: float | None = 0,
    renew_after: int | None = None,
) -> Iterator[Any]:
    """Give what each item came to, in the order in which they are done.

    The cluster is that of ``RAY_ADDRESS``, or the one this machine belongs to, or a new one of
    this machine alone.

    Args:
        start: called once in every actor; must be picklable, as are items and results.
        items: taken as they are needed.
        gpus: cards of one actor; 0 takes one processor, None one card where there are any.
        renew_after: an actor is replaced after so many items.

    Raises:
        InputError: ray is not installed, an item lost its workers ``TRIES`` times, or there is no
            worker at all for ``PATIENCE_S``; also what ``start`` or the work raise, as it is.
    """
    ray = _imported()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray)
    if gpus is None:
        gpus = min(1, ray.cluster_resources().get("GPU", 0))
    crew = _Crew(ray, start, gpus, renew_after)
    items, waiting = iter(items), []
    try:
        while True:
            waiting = waiting or _next(items)
            if not waiting and not crew.is_busy:
                return
            while waiting and crew.has_idle:
                crew.give(waiting.pop())
                waiting = waiting or _next(items)
            done, failed = crew.wait()
            yield from done
            for task in failed:
                if task.tries >= TRIES:
                    raise InputError(
                        f"{task.item}: its worker was lost {TRIES} times, often for lack of "
                        "memory; start the same command again, what is finished is kept"
                    )
            waiting += failed
    finally:
        crew.dismiss()
        if ours:
            ray.shutdown()


class _Crew:
    """The actors: those that load, those that wait for work, those that do it."""

    def __init__(self, ray: Any, start: Start, gpus: float, renew_after: int | None) -> None:
        self._ray, self._renew_after = ray, renew_after
        needs = {"num_gpus": gpus, "num_cpus": 0} if gpus else {"num_cpus": 1}
        self._kind, self._share = ("GPU", gpus) if gpus else ("CPU", 1)
        self._make = ray.remote(max_restarts=0, max_task_retries=0, **needs)(_Actor).remote
        self._start = start
        self._loading: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._busy: dict[Any, tuple[Any, _Task]] = {}
        self._done_by: dict[Any, int] = {}
        self._looked, self._seen_alive = -1e9, time.monotonic()

    @property
    def is_busy(self) -> bool:
        return bool(self._busy)

    @property
    def has_idle(self) -> bool:
        return bool(self._idle)

    def give(self, task: _Task) -> None:
        """Let one of the idle workers do it."""
        worker = self._idle.pop()
        task.tries += 1
        self._busy[worker.do.remote(task.item)] = worker, task

    def wait(self) -> tuple[list[Any], list[_Task]]:
        """Results that have come, and tasks whose worker was lost, after at most a moment."""
        self._fit()
        refs = [*self._loading, *self._busy]
        ready = self._ray.wait(refs, num_returns=1, timeout=LOOK_EVERY_S)[0] if refs else []
        if not refs:
            time.sleep(LOOK_EVERY_S)
        results, failed = [], []
        for ref in ready:
            worker, task = (
                (self._loading.pop(ref), None) if ref in self._loading else self._busy.pop(ref)
            )
            try:
                result = self._ray.get(ref)
            except self._ray.exceptions.RayTaskError as error:
                raise (error.cause or error) from None
            except self._ray.exceptions.RayError:
                self._done_by.pop(worker, None)
                failed += [task] if task else []
                continue
            self._settle(worker, task)
            results += [result] if task else []
        if self._idle or self._busy:
            self._seen_alive = time.monotonic()
        elif time.monotonic() - self._seen_alive > PATIENCE_S:
            raise InputError(
                f"no machine of the cluster has had a free {self._kind} for {PATIENCE_S:.0f} s; "
                "see `ray status`"
            )
        return results, failed

    def dismiss(self) -> None:
        """End all actors."""
        for worker in [*self._loading.values(), *self._idle, *(w for w, _ in self._busy.values())]:
            self._ray.kill(worker)

    def _settle(self, worker: Any, task: _Task | None) -> None:
        """The worker is free again, or has worked long enough."""
        count = self._done_by[worker] = self._done_by.get(worker, -1) + 1
        if self._renew_after and count >= self._renew_after:
            del self._done_by[worker]
            self._ray.kill(worker)
        else:
            self._idle.append(worker)

    def _fit(self) -> None:
        """As many actors as the cluster has room for."""
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked = time.monotonic()
        room = int(self._ray.cluster_resources().get(self._kind, 0) / self._share)
        count = len(self._loading) + len(self._idle) + len(self._busy)
        for _ in range(room - count):
            worker = self._make()
            self._loading[worker.load.remote(self._start, os.getcwd())] = worker
        for ref in list(self._loading)[: max(0, count - room)]:
            self._ray.kill(self._loading.pop(ref))


class _Actor:
    """One worker: what ``start`` loaded, and the function that does an item."""

    def load(self, start: Start, folder: str) -> None:
        """Not in ``__init__``: what is raised there reaches nobody."""
        os.chdir(folder)
        self._work = start()

    def do(self, item: Any) -> Any:
        return self._work(item)


def _next(items: Iterator[Any]) -> list[_Task]:
    return [_Task(item) for item in islice(items, 1)]


def _imported() -> Any:
    try:
        import ray
    except ImportError as error:
        raise InputError(
            "--engine ray needs the package ray; `pip install '.[ray]'` in the folder of the "
            "checkout brings it"
        ) from error
    return ray


def _connect(ray: Any) -> None:
    """Join the cluster; workers find surgtools where it is here."""
    root = str(Path(surgtools.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    try:
        ray.init(
            runtime_env={"env_vars": {"PYTHONPATH": path}},
            logging_level="WARNING",
            log_to_driver=False,
        )
    except Exception as error:  # among them plain Exception, for a port that is taken
        said = " ".join(str(error).split())
        raise InputError(
            f"no cluster can be reached or started ({said}); see `ray status` and RAY_ADDRESS"
        ) from error
