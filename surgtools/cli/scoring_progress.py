"""The progress line of ``surgtools test``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def scoring_progress(
    name: str, pictures: int, visible: bool = True
) -> Iterator[Callable[[int, int | None], None]]:
    """A function that is told how many steps are done and, where it is not pictures, of how many.

    Args:
        name: what is looked at.
        pictures: how many.
        visible: False shows nothing, for all processes but the first.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), disable=not visible) as bars:
        bar = bars.add_task(name, total=pictures)
        if visible and not bars.console.is_terminal:  # where bars appear only at the end
            bars.console.print(f"{name}: {pictures} pictures")

        def tell(done: int, total: int | None = None) -> None:
            bars.update(bar, completed=done, total=total or pictures, refresh=done == total)

        yield tell
