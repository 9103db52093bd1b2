"""Steps that run once: done ones are reused, cut-off ones go on, changed ones are made anew.

A step is a command line with a name. Its key is the hash of the command's words and of the keys
of the steps it needs, so that a change upstream makes everything after it run again.
"""

import fcntl
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from surgtools.errors import InputError
from surgtools.files import read_json, write_json

LOCK_PATIENCE_S = 60

INPUT_ERROR = 2
"""Exit code of `surgtools` for input that cannot be used."""


class StepFailed(Exception):
    """A command ended with an exit code that is no success; the message names its log."""


@dataclass(frozen=True)
class Step:
    """One command and what it makes.

    Attributes:
        name: unique, names the log and the marker.
        title: what the user reads.
        folder: what the command makes, relative to the output folder; deleted before a step with
            changed settings. Empty when it makes nothing.
        words: the command line.
        how: further words that change the speed and not the result, hence not the key.
        needs: names of the steps whose results it reads.
        inputs: files of the user whose change makes the step run again.
        show: turns a line of the command's output into the line shown, or None to hide it.
        good_codes: exit codes that count as done.
        good_messages: words in the output with which exit code 2 counts as done, too; without
            them it is a wrong input or a full disk.
        expected_s: seconds that it is expected to take; 0 where nobody knows.
        requires: a file that an earlier step may not have made; without it the step is skipped.
    """

    name: str
    title: str
    folder: str
    words: tuple[str, ...]
    how: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    inputs: tuple[Path, ...] = ()
    show: Callable[[str], str | None] = lambda line: line
    good_codes: tuple[int, ...] = (0,)
    good_messages: tuple[str, ...] = ()
    expected_s: float = 0.0
    requires: Path | None = None


def in_words(seconds: float) -> str:
    """A time as a person says it: ``40 seconds``, ``3 minutes``."""
    if seconds < 50:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minute{'s' * (minutes > 1)}"


class StepRunner:
    """Runs steps into one output folder, locked against other processes until the block ends.

    Args:
        out: the folder; markers go to ``out/.steps``, logs to ``out/logs``.
        total: number of steps, for the titles.
        number: number of steps that went before.

    Raises:
        InputError: another process is using the folder.
    """

    def __init__(self, out: Path, total: int, number: int = 0) -> None:
        self.out = out
        self.total = total
        self.number = number
        self.keys: dict[str, str] = {}
        self.markers = out / ".steps"
        self.markers.mkdir(parents=True, exist_ok=True)
        (out / "logs").mkdir(exist_ok=True)
        self._lock = (self.markers / "lock").open("w")
        self._take_lock()

    def __enter__(self) -> "StepRunner":
        return self

    def __exit__(self, *_) -> None:
        self._lock.close()

    def run(self, step: Step) -> bool:
        """Run one step unless it is done.

        Returns:
            Whether the command ran.

        Raises:
            StepFailed: it ended with another code than ``good_codes`` and without a message of
                ``good_messages``.
        """
        self.number += 1
        print(f"\n[{self.number}/{self.total}] {step.title}")
        key = self.keys[step.name] = self.key_of(step)
        if step.requires and not step.requires.exists():
            print(f"    skipped: {step.requires} is not there")
            return False
        marker = self.markers / f"{step.name}.json"
        before = read_json(marker) if marker.exists() else {"key": key, "done": False, "new": True}
        if before["key"] == key and before["done"]:
            print(f"    reused: {step.folder or 'done before'}")
            return False
        if before["key"] != key:
            print(f"    settings changed, made anew: {step.folder}")
            self._remove(step)
        elif not before.get("new"):
            print(f"    going on where it stopped: {step.folder}")
        if step.expected_s:
            print(f"    takes about {in_words(step.expected_s)}", flush=True)
        write_json(marker, {"key": key, "done": False, "seconds": 0})
        began = time.monotonic()
        self._execute(step)
        seconds = round(time.monotonic() - began, 1)
        write_json(marker, {"key": key, "done": True, "seconds": seconds})
        print(f"    done after {seconds:.0f} s")
        return True

    def key_of(self, step: Step) -> str:
        """Hash of the words, of the needed steps' keys and of the inputs' names, sizes, times."""
        files = [(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in step.inputs]
        parts = [step.words, [self.keys[name] for name in step.needs], files]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def seconds(self, steps: Iterable[Step]) -> dict[str, float]:
        """Title to the duration of the run that made the result; skipped steps are left out."""
        markers = {step.title: self.markers / f"{step.name}.json" for step in steps}
        return {title: read_json(m)["seconds"] for title, m in markers.items() if m.exists()}

    def _take_lock(self) -> None:
        """Wait a while: commands of a killed run hold the lock until they notice and end."""
        for second in range(LOCK_PATIENCE_S + 1):
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                if second == 0:
                    print(f"waiting for a process that still writes to {self.out}")
                time.sleep(1)
        raise InputError(
            f"{self.out}: another quickstart is writing here; wait for it or choose another --out"
        )

    def _remove(self, step: Step) -> None:
        if step.folder:
            shutil.rmtree(self.out / step.folder, ignore_errors=True)

    def _execute(self, step: Step) -> None:
        log, excused = self.out / "logs" / f"{step.name}.log", False
        with (
            log.open("a", encoding="utf-8") as file,
            subprocess.Popen(
                [*step.words, *step.how],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                pass_fds=(self._lock.fileno(),),
            ) as process,
        ):
            for line in process.stdout:
                file.write(line)
                excused = excused or any(words in line for words in step.good_messages)
                shown = step.show(line.rstrip())
                if shown:
                    print(f"    {shown}", flush=True)
        excused = excused and process.returncode == INPUT_ERROR
        if process.returncode not in step.good_codes and not excused:
            raise StepFailed(
                f'"{step.title}" ended with code {process.returncode}; see {log}, '
                "then run the quickstart again to go on"
            )
