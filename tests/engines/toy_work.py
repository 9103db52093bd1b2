"""Work for the tests of engines: items are numbers, a few of them do harm."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from surgtools.errors import InputError

REFUSED, DEADLY = -1, -2


def begin(folder: Path) -> Callable[[int], tuple[int, str]]:
    """Leave a trace of the worker, and return the work."""
    (folder / f"begun-{os.getpid()}").touch()
    return partial(write, folder)


def write(folder: Path, item: int) -> tuple[int, str]:
    """Write the item to a file, and say who did it."""
    if item == REFUSED:
        raise InputError("item -1 is no item")
    if item == DEADLY:
        os._exit(1)
    time.sleep(0.2)
    (folder / f"{item}.txt").write_text(str(item))
    return item, os.environ.get("RAY_NODE_ID") or str(os.getpid())


def refuse() -> Callable:
    """A worker that cannot begin."""
    raise InputError("no networks here")
