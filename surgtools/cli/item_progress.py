"""A line about work that other machines do: items done, speed and time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_S = 10.0
"""Between two lines in a file, such as the log of a cluster's job; a terminal renews its line."""


@contextmanager
def item_progress(text: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with the number of items that were done since.

    Args:
        text: what is going on.
        total: items to expect.
        unit: what an item is, in the plural.
    """
    start = last = time.monotonic()
    live, done = sys.stderr.isatty(), 0

    def advance(count: int) -> None:
        nonlocal last, done
        done += count
        now = time.monotonic()
        if not live and done < total and now - last < EVERY_S:
            return
        last = now
        speed = done / max(now - start, 1e-9)
        left = (total - done) / max(speed, 1e-9)
        line = f"{text}: {done}/{total} {unit}, {speed:.1f} a second, {_clock(left)} left"
        print(f"\r\x1b[K{line}" if live else line, end="" if live else "\n", file=sys.stderr)
        sys.stderr.flush()

    try:
        yield advance
    finally:
        if live and done:
            print(file=sys.stderr)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
