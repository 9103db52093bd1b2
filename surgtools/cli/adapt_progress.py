"""What an adaptation is doing, how far it is, and the time left of each step."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def adapt_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function to call with step, done and total.

    On a terminal there is a live line per step with the time left; into a file each step is one
    line when it starts and one with its speed when it ends.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    live = sys.stderr.isatty()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, int] = {}
    begun: dict[str, tuple[float, int]] = {}
    with Progress(*columns, console=console, disable=not live) as progress:

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done, total=total)
            if not live:
                for line in report(begun, step, done, total):
                    print(line, file=sys.stderr, flush=True)

        yield tell


def report(begun: dict[str, tuple[float, int]], step: str, done: int, total: int) -> Iterator[str]:
    """Lines about a step that begins or ends.

    Args:
        begun: steps under way, with the time of their first call and what was done by then; kept
            up to date here.
        step: that makes progress; one that has ended may begin again.
        done, total: of its parts.
    """
    now = time.perf_counter()
    if step not in begun:
        begun[step] = (now, done)
        yield f"{step} ({total})"
    if done >= total:
        start, before = begun.pop(step)
        if done > before:
            speed = (done - before) / max(now - start, 1e-9)
            yield f"{step}: {now - start:.0f} s, {speed:.1f} per second"
