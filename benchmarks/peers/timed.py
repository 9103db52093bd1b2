"""What a call costs, with everything it starts and waits for."""

import resource
import time
from collections.abc import Callable


def measured(call: Callable[[], object]) -> dict[str, float]:
    """Minutes on the clock, and of processors in the processes that the call waited for."""
    started, used = time.perf_counter(), _children()
    call()
    return {
        "minutes": (time.perf_counter() - started) / 60,
        "cpu_minutes": (_children() - used) / 60,
    }


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
