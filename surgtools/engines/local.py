"""Do items in processes of this machine."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain, islice
from multiprocessing import get_context
from typing import Any

from surgtools.engines import Start, Work

AHEAD = 4
"""Items per process that wait for it; more of a long list are not looked at before."""


def do_items(
    start: Start, items: Iterable[Any], workers: int, renew_after: int | None = None
) -> Iterator[Any]:
    """Give what each item came to, in the order in which they are done.

    Args:
        start: called once in every process.
        items: taken as they are needed.
        workers: processes.
        renew_after: all processes are replaced when each has done about so many items. Not by
            ``max_tasks_per_child``, with which the pool of Python 3.11 may wait for ever.

    Raises:
        BrokenProcessPool: a process was killed.
    """
    items = iter(items)
    while some := list(islice(items, 1)):
        some = chain(some, islice(items, renew_after * workers - 1) if renew_after else items)
        yield from _run_pool(start, some, workers)


def _run_pool(start: Start, items: Iterator[Any], workers: int) -> Iterator[Any]:
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(start,)
    )
    waiting: set[Future] = set()
    try:
        while True:
            some = islice(items, AHEAD * workers - len(waiting))
            waiting |= {pool.submit(_do, item) for item in some}
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()
    finally:
        pool.shutdown(cancel_futures=True)


_work: list[Work] = []
"""What ``start`` returned in this process."""


def _begin(start: Start) -> None:
    _work.append(start())


def _do(item: Any) -> Any:
    return _work[0](item)
