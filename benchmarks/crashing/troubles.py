"""What happens to a command: it is killed, or the machine lacks something while it runs.

Each trouble prepares the output folder, changes how the command is started, and takes itself away
for the next run.
"""

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import hanging
import numpy as np


@dataclass(frozen=True)
class Calm:
    """What an undisturbed run needed: seconds of processor time, bytes it wrote, address space.

    ``code`` is its exit code.
    """

    seconds: float
    written: int
    memory: int
    code: int = 0


@dataclass(frozen=True)
class Ending:
    """How a command ended: exit code (negative for a signal), and what it said at the end."""

    code: int
    said: str

    @property
    def kind(self) -> str:
        """``killed``, ``done``, ``said`` in one line, or ``traceback``."""
        if self.code in (-signal.SIGKILL, 137):
            return "killed"
        if "Traceback (most recent call last)" in self.said or self.code < 0:
            return "traceback"
        return "done" if self.code == 0 else "said"


def start(command: list[str], limits: Callable[[], None] | None = None) -> "Started":
    """Start a command in a process group of its own."""
    quiet = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "MPLBACKEND": "Agg"}
    said = tempfile.TemporaryFile()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=said,
        env={**os.environ, **quiet},
        start_new_session=True,
        preexec_fn=limits,
    )
    return Started(process, said)


@dataclass
class Started:
    """A command that runs, and the file that takes what it says."""

    process: subprocess.Popen
    said: IO[bytes]

    def kill(self) -> None:
        """SIGKILL to every process of the command."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ending(self, calm: Calm) -> Ending:
        """Wait for the end; what uses far more time than an undisturbed run hangs."""
        code = hanging.wait(self.process, 20 * calm.seconds + 60)
        if code is None:
            self.kill()
            return Ending(-signal.SIGALRM, "no end")
        self.said.seek(0)
        return Ending(code, self.said.read().decode(errors="replace"))


def killed(command: list[str], out: Path, calm: Calm, rng: np.random.Generator) -> Ending:
    """SIGKILL after a random share of the processor time that the command takes."""
    started = start(command)
    if hanging.wait(started.process, calm.seconds * rng.uniform(0.1, 1.0)) is None:
        started.kill()
    return started.ending(calm)


def full_disk(command: list[str], out: Path, calm: Calm, rng: np.random.Generator) -> Ending:
    """A disk that takes a part of what the command writes; there is room again afterwards."""
    size = max(4096, int(calm.written * rng.uniform(0.05, 0.9)))
    _sh("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", out)
    ending = start(command).ending(calm)
    _sh("mount", "-o", f"remount,size={10 * calm.written + (64 << 20)}", out)
    return ending


def read_only(command: list[str], out: Path, calm: Calm, rng: np.random.Generator) -> Ending:
    """A folder that cannot be written; it can afterwards."""
    _sh("mount", "-t", "tmpfs", "-o", "size=1g,ro", "tmpfs", out)
    ending = start(command).ending(calm)
    _sh("mount", "-o", "remount,rw", out)
    return ending


def no_handles(command: list[str], out: Path, calm: Calm, rng: np.random.Generator) -> Ending:
    """``ulimit -n`` of a few."""
    most = int(rng.integers(8, 40))
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # noqa: E731
    return start(command, limit).ending(calm)


def little_memory(command: list[str], out: Path, calm: Calm, rng: np.random.Generator) -> Ending:
    """``ulimit -v`` of a part of what the command maps."""
    most = int(calm.memory * rng.uniform(0.5, 1.0))
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))  # noqa: E731
    return start(command, limit).ending(calm)


def small_shm(command: list[str], out: Path, calm: Calm, rng: np.random.Generator) -> Ending:
    """``/dev/shm`` of 64 MB, as Docker gives it."""
    inside = 'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$@"'
    return start(["unshare", "--mount", "sh", "-c", inside, "sh", *command]).ending(calm)


TROUBLES: dict[str, tuple[Callable[..., Ending], int, bool]] = {
    "killed": (killed, 8, False),
    "full disk": (full_disk, 4, True),
    "read-only": (read_only, 1, True),
    "no handles": (no_handles, 2, False),
    "little memory": (little_memory, 3, False),
    "small /dev/shm": (small_shm, 1, True),
}
"""Name to trouble, its share, and whether it needs the right to mount."""


def measure_calm(command: list[str], out: Path, codes: tuple[int, ...] = (0,)) -> Calm:
    """Run a command undisturbed.

    Args:
        codes: exit codes of a run that did its work.

    Raises:
        RuntimeError: it does not end well by itself.
    """
    before, memory, started = _processor_time(), 0, start(command)
    while started.process.poll() is None:
        memory = max(memory, _address_space(started.process.pid))
        time.sleep(0.02)
    ending = started.ending(Calm(0, 0, 0))
    if ending.code not in codes:
        raise RuntimeError(f"{command}: ended with {ending.code}: {ending.said[-2000:]}")
    written = sum(p.stat().st_blocks * 512 for p in out.rglob("*") if p.is_file())
    return Calm(_processor_time() - before, written, memory, ending.code)


def _processor_time() -> float:
    """Seconds that the children which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def may_mount() -> bool:
    """Whether this user may mount a disk of its own."""
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def take_away(out: Path) -> None:
    """Unmount what a trouble mounted."""
    if os.path.ismount(out):
        _sh("umount", "--lazy", out)


def _address_space(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status") as file:
            lines = [line.split() for line in file]
        return next((int(line[1]) * 1024 for line in lines if line[0] == "VmPeak:"), 0)
    except OSError:
        return 0


def _sh(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
