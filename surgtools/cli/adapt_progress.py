"""What an adaptation is doing, how far it is, and the time left of each step."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def adapt_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function to call with step, done and total.

    On a terminal there is a live line per step with the time left; into a file each step is one
    line when it starts.
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
    with Progress(*columns, console=console, disable=not live) as progress:

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                if not live:
                    print(f"{step} ({total})", file=sys.stderr, flush=True)
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done, total=total)

        yield tell
