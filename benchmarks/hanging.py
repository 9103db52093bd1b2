"""Tell a process that hangs from one that a busy machine keeps waiting.

Two kinds of time count: processor time, and time in which every thread of the process and its
children sleeps. A thread that could run but gets no processor does not count, nor does one that
waits for a disk.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

ASLEEP = frozenset("STtZXI")
"""States of ``/proc/PID/stat`` in which a thread asks for neither a processor nor a disk."""


@dataclass
class Patience:
    """How much time a process has used or slept away since the last sign of life.

    Attributes:
        pid: the process, counted together with its children.
        slept: seconds in which all threads slept.
        processor: seconds of processor time at the last sign of life.
    """

    pid: int
    slept: float = 0.0
    processor: float = field(init=False)
    _looked: float = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Take note of a sign of life: start to count again."""
        self.slept, self.processor = 0.0, self._look()[0]
        self._looked = time.monotonic()

    def spent(self) -> float:
        """Seconds that count; to be asked often, since sleep is sampled."""
        processor, asleep = self._look()
        now = time.monotonic()
        if asleep:
            self.slept += now - self._looked
        self._looked = now
        return max(0.0, processor - self.processor) + self.slept

    def _look(self) -> tuple[float, bool]:
        """Processor time so far, and whether everything sleeps now."""
        ticks, asleep = 0.0, True
        for pid in _family(self.pid):
            try:
                own = _fields(f"/proc/{pid}/stat")
                threads = [_fields(f"/proc/{pid}/task/{t}/stat") for t in _threads(pid)]
            except OSError:
                continue  # it has just ended
            ticks += sum(map(int, own[11:15]))
            asleep &= all(thread[0] in ASLEEP for thread in threads)
        return ticks / os.sysconf("SC_CLK_TCK"), asleep


def wait(process: subprocess.Popen, seconds: float) -> int | None:
    """Wait for the end of a process, however busy the machine is.

    Returns:
        The exit code, or None when it used or slept away ``seconds`` without an end.
    """
    patience = Patience(process.pid)
    while process.poll() is None:
        if patience.spent() > seconds:
            return None
        time.sleep(0.05)
    return process.returncode


def _family(pid: int) -> Iterator[int]:
    yield pid
    for thread in _threads(pid):
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                children = file.read().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _fields(path: str) -> list[str]:
    """The fields after the name, which may hold blanks: state, parent, and so on."""
    with open(path) as file:
        return file.read().rpartition(")")[2].split()
