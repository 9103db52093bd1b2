"""Ctrl-C while networks work: the first one waits for their batch, the second for nothing."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CODE = 130
"""Exit code of what Ctrl-C ended."""


@contextmanager
def second_interrupt(command: str) -> Iterator[None]:
    """Say at the first Ctrl-C what is waited for, and end the process at the second.

    What is written whole stays; what is half written is lost, as when the process is killed.

    Args:
        command: stands in front of the line.

    Raises:
        KeyboardInterrupt: at the first Ctrl-C.
    """
    asked = False

    def handle(signum: int, frame: object) -> None:
        nonlocal asked
        if asked:
            os._exit(CODE)  # a thread inside a network cannot be ended in another way
        asked = True
        line = "ends after the pictures that it is looking at; Ctrl-C again ends at once"
        print(f"surgtools {command}: {line}", file=sys.stderr, flush=True)
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if before == signal.SIG_IGN or not is_main:  # a job in the background gets none, nor a thread
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
